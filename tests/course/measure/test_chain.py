"""What has to wait is counted: the longest row of operations in which each needs the one before."""

import torch
from torch import nn

from course.measure import longest_chain


def test_operations_that_do_not_need_each_other_do_not_wait():
    x = torch.ones(4)
    assert longest_chain(lambda: [x + 1, x + 2, x + 3]) == (1, 3)


def test_operations_that_need_each_other_wait():
    def three(x):
        return ((x + 1) * 2).exp()

    assert longest_chain(three, torch.ones(4)) == (3, 3)


def test_the_longer_of_two_ways_counts():
    def both_ways(x):
        return x.exp().exp().exp() + x.tanh()

    assert longest_chain(both_ways, torch.ones(4)) == (4, 5)


def test_a_view_costs_nothing_and_stands_where_it_was_looked_from():
    def through_views(x):
        return (x.exp().T[None, 1:].transpose(0, 1).view(-1) + 1).sum()

    assert longest_chain(through_views, torch.ones(3, 1)) == (3, 3)


def test_a_part_that_is_written_into_a_table_waits_for_what_is_written():
    def into_a_table(x):
        y = x.exp()
        y.mul_(2)
        return y + 1

    assert longest_chain(into_a_table, torch.ones(3)) == (3, 3)


def test_layers_wait_for_each_other_and_tokens_do_not():
    stack = nn.Sequential(*(nn.Linear(4, 4) for _ in range(5)))
    chains = {longest_chain(stack, torch.ones(2, n, 4)) for n in (3, 30)}
    assert len(chains) == 1


def test_nothing_done_is_no_chain():
    assert longest_chain(lambda: None) == (0, 0)
