"""10.2: who hears of whom."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_09.shared import BUILT_HERE, FLOATS, table

word_of_mouth = Exercise(
    "10.2",
    returns="heard",
    right="Each layer carries the news one mask further.",
    forbids=BUILT_HERE,
)


@word_of_mouth.case("four tokens in a chain: each hears itself and the one before; 2 layers")
def chain(draw: Draw) -> Call:
    return Call(table(4, lambda i, j: 0 <= i - j < 2), 2)


@word_of_mouth.case("one layer: the mask itself")
def one_layer(draw: Draw) -> Call:
    return Call(table(5, lambda i, j: abs(i - j) < 2), 1)


@word_of_mouth.case("a chain of nine, four layers")
def long_chain(draw: Draw) -> Call:
    return Call(table(9, lambda i, j: 0 <= j - i < 2), 4)


@word_of_mouth.case("some links at random, three layers")
def random_links(draw: Draw) -> Call:
    links = draw.tensor(11, 11) > 1.3
    return Call(links | torch.eye(11, dtype=torch.bool), 3)


@word_of_mouth.case("a chain of thirty: the news of the first comes to the last in 29 layers")
def chain_of_thirty(draw: Draw) -> Call:
    return Call(table(30, lambda i, j: 0 <= i - j < 2), 29)


@word_of_mouth.reference
def reach_by_walking(mask: Tensor, layers: int) -> Tensor:
    n = len(mask)
    heard = torch.zeros(n, n, dtype=torch.bool)
    attends = [row.nonzero().flatten().tolist() for row in mask]
    for i in range(n):
        told = {i}
        for _ in range(layers):
            told = {j for m in told for j in attends[m]}
        heard[i, list(told)] = True
    return heard


@word_of_mouth.right_way
def reach_by_power(mask: Tensor, layers: int) -> Tensor:
    return torch.linalg.matrix_power(mask.double(), layers) > 0


@word_of_mouth.right_way
def reach_by_any(mask: Tensor, layers: int) -> Tensor:
    heard = mask
    for _ in range(layers - 1):
        heard = (mask[:, :, None] & heard[None]).any(dim=1)
    return heard


@word_of_mouth.right_way
def reach_by_whole_numbers(mask: Tensor, layers: int) -> Tensor:
    ways = torch.eye(len(mask), dtype=torch.long)
    for _ in range(layers):
        ways = (torch.einsum("im,mj->ij", mask.long(), ways) >= 1).long()
    return ways.bool()


@word_of_mouth.right_way
def reach_row_by_row(mask: Tensor, layers: int) -> Tensor:
    heard = mask.clone()
    for _ in range(1, layers):
        heard = torch.stack([heard[row].any(dim=0) for row in mask])
    return heard


@word_of_mouth.mistake(
    "One layer too many.",
    "One layer is the mask itself, so only `layers - 1` more steps follow.",
)
def one_layer_too_many(mask, layers):
    return reach_by_power(mask, layers + 1)


@word_of_mouth.mistake(
    "One layer is missing.",
    "One layer is the mask itself, and each of the `layers - 1` others is one more step. (In a "
    "loop, range(1, layers) has layers - 1 steps already.)",
)
def one_layer_missing(mask, layers):
    return reach_by_power(mask, max(1, layers - 1))


@word_of_mouth.mistake(
    "The reach doubles in each round: the table was multiplied with itself.",
    "A layer adds one step: the mask stands on one side of the product, what was heard so far on "
    "the other.",
)
def doubled(mask, layers):
    return reach_by_power(mask, 2 ** (layers - 1))


@word_of_mouth.mistake(
    "This is the mask: no layer was added.",
    "Either no step was taken, or a step that changes nothing. Entry by entry, "
    "True times True or True & True stays as it was. The product that goes through all m in "
    "between is the matrix product, @.",
)
def entry_by_entry(mask, layers):
    return mask


@word_of_mouth.mistake(
    "This is the mask, as numbers: no layer was added.",
    "`**` takes the power of each entry by itself, and 1 to any power is 1. The product that goes "
    "through all m in between is the matrix product, @, and then `> 0` makes yes and no.",
)
def power_of_each_entry(mask, layers):
    return mask**layers


@word_of_mouth.mistake(
    "This counts the ways, as numbers.",
    "At least one way is enough: `> 0` makes yes and no of it.",
)
def counted_ways(mask, layers):
    return torch.linalg.matrix_power(mask.float(), layers)


@word_of_mouth.mistake(
    "Yes and no as the numbers 1 and 0.",
    FLOATS + " The comparison `> 0` makes them.",
)
def yes_as_numbers(mask, layers):
    return reach_by_power(mask, layers).float()


@word_of_mouth.mistake(
    "More than one way was asked for.",
    "One way is enough: `> 0`. The product counts the tokens m in between.",
)
def more_than_one_way(mask, layers):
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ heard.float() > 1
    return heard


@word_of_mouth.mistake(
    "Tellers and hearers are exchanged.",
    "heard[i, j] says that i hears of j, as mask[i, j] says that i may attend to j. Nothing needs "
    "to be turned.",
)
def exchanged(mask, layers):
    return reach_by_power(mask, layers).mT


@word_of_mouth.mistake(
    "The second table was turned: with two layers, this asks who reads the same token.",
    "A key of the first step is the query of the second, and `mask @ heard` lines them up as they "
    "are, without .T.",
)
def turned(mask, layers):
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ heard.float().mT > 0
    return heard


@word_of_mouth.mistake(
    "The mask was turned: it asks who may attend to me, not to whom I may attend.",
    "`mask @ heard` lines the tables up as they are, without .T: mask[i, m] meets heard[m, j].",
)
def mask_turned(mask, layers):
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float().T @ heard.float() > 0
    return heard


@word_of_mouth.mistake(
    "Exactly one way was asked for.",
    "The product counts the tokens m in between, and there may be several: `> 0`, not `== 1`.",
)
def exactly_one_way(mask, layers):
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ heard.float() == 1
    return heard


@word_of_mouth.mistake(
    "Always two layers, whatever `layers` says.",
    "`layers - 1` steps have to be taken, each from what was heard so far. For one layer there is "
    "none.",
)
def always_two_layers(mask, layers):
    return reach_by_power(mask, 2)


@word_of_mouth.mistake(
    "Everybody hears of everybody.",
    "Begin with what one layer hears, the mask. (Begun from nothing at all, it would be the token "
    "itself: torch.eye.)",
)
def started_from_all(mask, layers):
    heard = torch.ones_like(mask)
    for _ in range(layers):
        heard = mask.float() @ heard.float() > 0
    return heard


@word_of_mouth.mistake(
    "Two tables of True and False were multiplied with @.",
    "PyTorch multiplies numbers: mask.float() @ heard.float(), and `> 0` turns the counts back.",
)
def product_of_booleans(mask, layers):
    heard = mask
    for _ in range(layers - 1):
        heard = mask @ heard
    return heard


@word_of_mouth.mistake(
    "A table of numbers was multiplied with one of True and False.",
    "The mask holds True and False, and `> 0` turns what was heard back into them, so each round "
    "needs .float() on both sides.",
)
def numbers_on_one_side(mask, layers):
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ heard > 0
    return heard


@word_of_mouth.mistake(
    "Two layers as soon as there is more than one.",
    "`layers - 1` rounds are needed. The mask stands on one side of the product in each; on the "
    "other stands what was heard *so far*, and the result takes its place.",
)
def not_carried_on(mask, layers):
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ mask.float() > 0
    return heard


@word_of_mouth.mistake(
    "Two layers, whatever `layers` says; and for one layer nothing comes back.",
    "A return inside the loop ends it in its first round. Give the answer back after it: one step "
    "less indented.",
)
def returned_in_the_loop(mask, layers):
    for _ in range(layers - 1):
        return mask.float() @ mask.float() > 0
    return None


@word_of_mouth.mistake(
    "More than one way was asked for.",
    "One way is enough: `> 0`. After several layers the product counts all the ways there are.",
)
def more_than_one_way_at_the_end(mask, layers):
    return torch.linalg.matrix_power(mask.double(), layers) > 1


@word_of_mouth.mistake(
    "The news went on until it could go no further, whatever `layers` says.",
    "Each layer carries it one step, so the loop has `layers - 1` rounds, and not one for each "
    "token.",
)
def as_far_as_it_goes(mask, layers):
    return reach_by_power(mask, len(mask))
