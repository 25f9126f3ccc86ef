"""09.2: mistakes in which blocks are chosen, and how that is said."""

import torch

from course.checks.lesson_09.blocks.cases import blocks
from course.checks.lesson_09.blocks.right import best_blocks, blocks_by_loop, mean_of_blocks
from course.checks.lesson_09.shared import ALONG_THE_KEYS, keeps
from course.checks.lesson_09.top_k.right import best_by_scatter


@blocks.mistake(
    "The own block is not always among the chosen.",
    "Write infinity on the diagonal of the agreement before you look for the k best.",
)
def own_block_forgotten(query, key, block_size, k):
    return keeps(mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT, k)


@blocks.mistake(
    "The own block came on top: some rows have k + 1 blocks.",
    "The own block is one of the k. With infinity on the diagonal *before* the choice it takes one "
    "of the k places.",
)
def own_block_on_top(query, key, block_size, k):
    chosen = own_block_forgotten(query, key, block_size, k)
    return chosen | torch.eye(len(chosen), dtype=torch.bool)


@blocks.mistake(
    "Every row has k + 1 blocks: its own, and k others.",
    "The own block is one of the k: look for the k best of the table, infinity on its diagonal.",
)
def one_block_too_many(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_blocks(agreement, k + 1)


@blocks.mistake(
    "The k best were taken over the wrong axis: each block of keys chose its queries.",
    ALONG_THE_KEYS,
)
def blocks_over_wrong_axis(query, key, block_size, k):
    return best_blocks(mean_of_blocks(key, block_size) @ mean_of_blocks(query, block_size).mT, k).mT


@blocks.mistake(
    "Beside its own, each block chose those that agree least.",
    "The bar is the k-th best agreement: keep what reaches it (>=), with infinity on the diagonal.",
)
def least_agreement(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_blocks(-agreement, k)


@blocks.mistake(
    "The bar itself was left out, so only k - 1 blocks are chosen.",
    "The k-th best belongs to the chosen ones: agreement >= bar, not >.",
)
def bar_left_out(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(torch.inf)
    return agreement > agreement.topk(k, dim=-1).values[..., -1:]


@blocks.mistake(
    "These are the numbers of the chosen blocks.",
    "Give back a table of True and False, (blocks, blocks): where the agreement reaches the k-th "
    "best of its row.",
)
def numbers_of_blocks(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return agreement.fill_diagonal_(torch.inf).topk(k, dim=-1).indices


@blocks.mistake(
    "These are the agreements of the chosen blocks, not where they stand.",
    "Give back a table of True and False, (blocks, blocks): where the agreement reaches the k-th "
    "best of its row.",
)
def agreements_of_blocks(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return agreement.fill_diagonal_(torch.inf).topk(k, dim=-1).values


@blocks.mistake(
    "The own block is never chosen.",
    "A block always reads itself: +infinity on the diagonal, and k places.",
)
def own_block_never(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(-torch.inf)
    return agreement >= agreement.topk(k - 1, dim=-1).values[..., -1:]


@blocks.mistake(
    "Nothing is chosen: every place says False.",
    "No weights are needed here, and a softmax of a row with infinity in it is nan. Compare the "
    "agreement with the k-th best of its row: `>=`.",
)
def softmax_of_infinity(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_by_scatter(agreement.fill_diagonal_(torch.inf), k) > 0


@blocks.mistake(
    "This is a table of tokens, not of blocks.",
    "The choice is made once for each pair of blocks: (blocks, blocks).",
)
def spread_over_tokens(query, key, block_size, k):
    chosen = blocks_by_loop(query, key, block_size, k)
    return chosen.repeat_interleave(block_size, dim=0).repeat_interleave(block_size, dim=1)


@blocks.mistake(
    "The own block comes last, as if -infinity stood on the diagonal.",
    "A block always reads itself, and +infinity is the agreement that nobody can beat.",
)
def minus_infinity_on_the_diagonal(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(-torch.inf)
    return agreement >= agreement.topk(k, dim=-1).values[..., -1:]


@blocks.mistake(
    "A row has k - 1 blocks, where its own block was among the best already.",
    "The k - 1 best of *all*, and then the own one, may be the same block twice. With infinity on "
    "the diagonal *before* the choice there are always k.",
)
def own_block_counted_twice(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    own = torch.eye(len(agreement), dtype=torch.bool)
    return own | keeps(agreement, k - 1) if k > 1 else own


@blocks.mistake(
    "A 0 stands on the diagonal, or a number near it, and that does not beat every agreement.",
    "The own block has to win always: torch.inf is larger than any number.",
)
def zero_on_the_diagonal(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(0.0)
    return agreement >= agreement.topk(k, dim=-1).values[..., -1:]


@blocks.mistake(
    "A 1 stands on the diagonal, or a number near it, and that does not beat every agreement.",
    "The own block has to win always: torch.inf is larger than any number.",
)
def one_on_the_diagonal(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(1.0)
    return agreement >= agreement.topk(k, dim=-1).values[..., -1:]


@blocks.mistake(
    "With k = 1 there are no others to choose: topk(k - 1) is empty, and has no last column.",
    "Let the own block compete: with infinity on the diagonal it is among the k best, for any k.",
)
def no_others_for_one(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    own = torch.eye(len(agreement), dtype=torch.bool)
    agreement = agreement.masked_fill(own, -torch.inf)
    return own | (agreement >= agreement.topk(k - 1, dim=-1).values[..., -1:])


@blocks.mistake(
    "The agreement was compared with k columns, where one bar for each row is meant.",
    "One bar for each row: the k-th best, the last column of what topk gives, as `[..., -1:]`.",
)
def compared_with_all_of_the_best(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(torch.inf)
    return agreement >= agreement.topk(k, dim=-1).values


@blocks.mistake(
    "The yes and no came back as numbers.",
    "Give back True and False: the comparison `>=` makes them.",
)
def chosen_as_numbers(query, key, block_size, k):
    return blocks_by_loop(query, key, block_size, k).float()


@blocks.mistake(
    "The bar lost its axis, and was lined up with the columns.",
    "`[..., -1]` gives (blocks,). `[..., -1:]` keeps the axis, (blocks, 1), and each row meets its "
    "own bar.",
)
def bar_along_the_columns(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(torch.inf)
    return agreement >= agreement.topk(k, dim=-1).values[..., -1]


@blocks.mistake(
    "The k - 1 best of *all*, and then the own one: that fails in two ways.",
    "With k = 1, topk(0) has no last column; and where the own block is among the k - 1 best, the "
    "row has one too few. With infinity on the diagonal *before* the choice there are always k.",
)
def own_block_after_the_bar(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    chosen = agreement >= agreement.topk(k - 1, dim=-1).values[..., -1:]
    return chosen | torch.eye(len(agreement), dtype=torch.bool)


@blocks.mistake(
    "nan stands beside the diagonal, and nan compares as False.",
    "0 times infinity is nan, so torch.inf * torch.eye(…) is infinity on the diagonal and nan "
    "everywhere else. `fill_diagonal_(torch.inf)` writes the diagonal alone.",
)
def infinity_times_zero(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement + torch.inf * torch.eye(len(agreement))
    return agreement >= agreement.topk(k, dim=-1).values[..., -1:]
