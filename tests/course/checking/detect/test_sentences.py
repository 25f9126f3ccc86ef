"""Wrong answers and what is said of them, read by hand: each sentence is true, and no more is said
than was seen."""

from collections.abc import Callable

import numpy as np
import pytest

from course.checking.detect import hidden, influence, masks, patterns, sizes
from course.checking.evidence import Diagnosis, Evidence

# The exercise, its right way, the place in it and what stands there now; who speaks, and what.
SEEN = [
    ("00.1", "dot_by_sum", "a * b", "a * a", "influence.unused",
     "`b` has no influence on agreement: with other numbers in its place the same came back."),
    ("00.2", "softmax_plain", "powers.sum()", "powers.mean()", "patterns.shares",
     "weights does not sum to 1, but to 2."),
    ("00.2", "softmax_of_torch", ".softmax(dim=-1)", "", "influence.alone",
     "Each place sees itself alone: entry i of `scores` moves only place i of weights."),
    ("00.2", "softmax_plain", "np.exp", "np.square", "patterns.shares",
     "The rows of weights sum to 1, as they should, but the shares are others."),
    ("00.3", "product_by_three_loops", "range(b.shape[1])", "range(b.shape[1] - 1)",
     "influence.silent",
     "With `b` of shape (2, 4): along the last axis, the last entry has no influence on c."),
    ("00.3", "product_by_three_loops", "+= a[i, k]", "= a[i, k]", "influence.silent",
     "With `a` of shape (3, 2): along the last axis, entry 0 has no influence on c."),
    ("00.3", "product_by_three_loops", "(a.shape[0], b.shape[1])", "(a.shape[0], a.shape[1])",
     "patterns.shape",
     "Axis -1 of c is as long as `a.shape[-1]` = `b.shape[-2]`, and should be as long as "
     "`b.shape[-1]`: 3, expected 2."),
    ("00.4", "slope_by_formula", "w * x - y", "w * x", "influence.unused",
     "`y` has no influence on slope: with other numbers in its place the same came back."),
    ("00.5", "train_in_closed_form", "1 - (1 - learning_rate * curvature) ** steps",
     "(1 - learning_rate * curvature) ** steps - 1", "patterns.signs",
     "Only signs are different: w is -1.5, expected 1.5."),
    ("01.1", "agreement_by_broadcasting", ".sum(axis=-1)", "", "patterns.shape",
     "scores has one axis too many, axis -1: its shape is (1, 2, 2), expected (1, 2)."),
    ("01.1", "agreement_by_broadcasting", ".sum(axis=-1)", ".sum()", "patterns.shape",
     "scores is one number, and a table of shape (1, 2) is expected."),
    ("01.2", "weights_shifted", "scores.max(axis=-1", "scores.max(axis=0", "influence.mixed",
     "Places are mixed: entry 0 of `scores` along axis -2 moves place 1 of weights along axis -2, "
     "and should move place 0 alone."),
    ("01.2", "weights_by_loop", "np.array(rows)", "np.array(rows, dtype=int)", "patterns.whole",
     "weights has room for whole numbers alone: its dtype is int64."),
    ("01.2", "weights_by_loop", "power / sum(powers)", "power * sum(powers)", "patterns.factors",
     "Each row of weights is right but for a factor of its own."),
    ("01.3", "look_up_by_loop", "+= share", "-= share", "patterns.signs",
     "Only signs are different: answers[0, 0] is -17.3, expected 17.3."),
    ("01.3", "look_up_by_loop", "np.zeros", "np.ones", "patterns.distance",
     "answers is 1 more than expected in every case that fails."),
    ("01.5", "projected_attention", "F.linear(x, w_v.T)", "F.linear(x, w_v)", "influence.mixed",
     "Places are mixed: entry 0 of `w_v` along the last axis moves place 1 of output along the "
     "last axis, and should move place 0 alone."),
    ("02.1", "slice_by_slice", "head * (d_model // num_heads) + feature", "feature",
     "influence.silent",
     "With `x` of shape (2, 5, 12): along the last axis, entries 4 to 11 have no influence on "
     "heads."),
    ("02.1", "split_by_stack", "torch.stack", "torch.cat", "patterns.shape",
     "Two axes of heads are joined: its shape is (1, 8, 3), expected (1, 2, 4, 3)."),
    ("02.2", "merge_by_contiguous_view", "transpose(1, 2)", "transpose(0, 2)", "influence.batch",
     "The batch is mixed: entry 0 of `x` along the first axis moves entry 1 of merged."),
    ("02.2", "merge_by_flatten", ".flatten(2)", "", "patterns.shape",
     "Two axes of merged are to be one: its shape is (1, 4, 2, 3), expected (1, 4, 6)."),
    ("02.2", "merge_by_flatten", ".flatten(2)", ".flatten(2)[:0]", "patterns.shape",
     "merged is empty: its shape is (0, 4, 6), expected (1, 4, 6)."),
    ("05.1", "padding_by_comparison", "torch.arange(n_k)", "n_k", "patterns.shape",
     "Axis -1 of mask has length 1, expected 4."),
    ("14.2", "causal_by_beginnings", "range(query.shape[-2])", "range(query.shape[-2] - 1)",
     "patterns.shape", "Axis -2 of output is 1 too short: 2, expected 3."),
    ("02.2", "merge_by_flatten", "x.transpose(1, 2).flatten(2)", "x", "patterns.input",
     "merged is `x`, just as it went in."),
    ("01.4", "attention_by_einsum", "powers / powers.sum(-1, keepdim=True)",
     "powers.tril() / powers.tril().sum(-1, keepdim=True)", "hidden",
     "`weights[…, i, j]` is 0 where j > i, and there alone. The future is hidden, as by a causal "
     "mask."),
    ("00.4", "slope_by_formula", "(2 * (w * x - y) * x).mean()",
     "(2 * (w * x - y) * x)[0] / len(x)", "influence.silent",
     "With `x` of shape (6,), all entries but the first have no influence on slope."),
    ("09.1", "best_by_indexing",
     "scores.kthvalue(scores.shape[-1] - k + 1, dim=-1, keepdim=True).values\n"
     "    hidden = scores.clone()\n    hidden[scores < bar]",
     "scores.kthvalue(k, dim=-1, keepdim=True).values\n"
     "    hidden = scores.clone()\n    hidden[scores > bar]", "patterns.zeros",
     "In each row of weights as many numbers are other than 0 as should be, but not the right "
     "ones: weights[0, 1] should be 0."),
    ("02.2", "side_by_side", "range(x.shape[1])", "range(1, x.shape[1])", "influence.silent",
     "With `x` of shape (2, 3, 5, 4): along axis -3, the first entry has no influence on merged."),
    ("03.1", "clocks_by_loop", "2 * i + 1] =", "2 * i - 1] =", "patterns.order",
     "The right numbers stand in another order along the last axis of table: 0, 3, 2, 1."),
    ("03.1", "clocks_by_outer_product", "odd * math.pi / 2", "odd * math.pi / 3", "patterns.lines",
     "The wrong numbers of table lie in every second column (1, 3, …), and nowhere else."),
    ("04.1", "alibi_by_loop", "range(n_k)", "range(n_q)", "patterns.lines",
     "The wrong numbers of bias lie in the columns from `n_q` on, and nowhere else: what came is 0 "
     "there."),
    ("04.1", "alibi_by_loop", "torch.zeros(len(slopes), n_q, n_k)",
     "torch.zeros(len(slopes), n_k, n_k)", "patterns.shape",
     "Axis -2 of bias is as long as `n_k`, and should be as long as `n_q`: 3, expected 2."),
    ("04.2", "rotary_assigned", "x[..., 0::2] * angle.sin() + x[..., 1::2] * angle.cos()",
     "x[..., 1::2] * angle.cos()", "influence.little",
     "Too little is seen: entry 0 of `x` along the last axis does not visibly move place 1 of "
     "turned along the last axis, and should."),
    ("04.2", "rotary_by_matrices", "torch.stack(rows, dim=-2)", "torch.stack(rows, dim=0)",
     "patterns.shape",
     "The axes of turned have the right lengths in another order: (4, 2, 3, 6), expected "
     "(2, 3, 4, 6)."),
    ("04.3", "carried_head_by_head", "head[1::2]", "head[0::2]", "influence.silent",
     "With `weight` of shape (12, 12): along axis -2, every second entry (1, 3, …) has no "
     "influence on reordered."),
    ("05.1", "padding_by_comparison", "torch.arange(n_k) < lengths",
     "torch.arange(n_k) - 1 < lengths", "masks",
     "At the right end of each row of mask, one place too many says yes."),
    ("05.2", "causal_by_triangle", "tril(n_k - n_q)", "tril(n_k - n_q - 2)", "masks",
     "At the right end of each row of mask, 2 places too few say yes."),
    ("05.3", "softmax_with_lowest_number", "softmax(-1)", "softmax(-2)", "influence.mixed",
     "Places are mixed: entry 0 of `scores` along axis -2 moves place 1 of weights along axis -2, "
     "and should move place 0 alone."),
    ("05.5", "packed_by_and", "same & real & past", "past", "influence.unused",
     "`ids` has no influence on mask: with other numbers in its place the same came back."),
    ("05.5", "packed_by_and", "same & real & past", "same & real", "masks",
     "mask has its mirror image as well: where row i says yes to j as it should, row j says yes to "
     "i, too."),
    ("09.1", "best_by_bar", "k - 1, None", "k, None", "patterns.zeros",
     "Each row of weights holds 3 numbers other than 0, expected 2."),
    ("09.2", "blocks_by_others", "keeps(agreement.masked_fill(own, -torch.inf), k - 1)",
     "keeps(agreement.masked_fill(own, -torch.inf), k)", "masks",
     "Each row of chosen says yes to 3 places, expected 2."),
    ("09.2", "blocks_by_loop", "range(count):\n        asking", "range(count - 1):\n        asking",
     "masks", "All that is missing in chosen lies in the last row."),
    ("10.1", "longformer_by_slices", "i + window]", "i + window + 1]", "masks",
     "All that is too much in mask lies where j - i is window."),
    ("10.1", "longformer_by_triangles", "triu(1 - window)", "triu(-window)", "masks",
     "All that is too much in mask lies where j - i is -window."),
    ("10.1", "longformer_by_triangles", "mask[:global_tokens]", "mask[:global_tokens + 1]", "masks",
     "All that is too much in mask lies in row `global_tokens`."),
    ("10.1", "longformer_by_triangles", "mask[:global_tokens] = True",
     "mask[:global_tokens] = False", "masks",
     "All that is missing in mask lies in the first `global_tokens` rows."),
    ("10.2", "reach_by_walking", "range(layers)", "range(layers - 1)", "masks",
     "heard says no too often: no yes is too many, but some are missing."),
    ("10.3", "window_query_by_query", "max(0, i - window + 1)", "max(0, i - window)",
     "influence.window",
     "Each place of output along axis -2 sees one entry of `key` too many, before it."),
    ("10.3", "window_query_by_query", "query[..., i:i + 1, :]", "query[..., i:1, :]",
     "patterns.lines",
     "The wrong numbers of output lie in all rows but the first, and nowhere else: what came is 0 "
     "there."),
    ("11.1", "one_more_with_if", "+ 1.0", "- 1.0", "patterns.distance",
     "new_total is 2 less than expected in every case that fails."),
    ("12.1", "in_sight_by_division", "// key_chunk + 1", "// key_chunk", "patterns.distance",
     "needed is 1 less than expected in every case that fails."),
    ("14.1", "linear_by_brackets", "/ (query @ key.sum", "* (query @ key.sum", "patterns.factors",
     "Each row of output is right but for a factor of its own."),
    ("14.2", "causal_by_masked_weights", "causal=True", "causal=False", "influence.future",
     "A place sees later ones: entry 1 of `key` along axis -2 moves place 0 of output along axis "
     "-2."),
    ("14.2", "causal_by_loop", "s + k[..., None] * v", "k[..., None] * v", "influence.alone",
     "Each place sees itself alone: entry i of `value` along axis -2 moves only place i of output "
     "along axis -2."),
    ("13.1", "size_by_formula", "num_layers * batch", "num_heads * batch", "influence.unused",
     "`num_layers` has no influence on bytes: with other numbers in its place the same came back."),
]  # fmt: skip
SIZES = [
    ("00.3", "product_by_three_loops", "range(a.shape[0])", "range(a.shape[1])",
     "It is right where `a.shape[-1]` = `b.shape[-2]` and `a.shape[-2]` are equal, and wrong for 2 "
     "and 3."),
    ("01.3", "look_up_by_loop", "values.shape[1]", "keys.shape[1]",
     "It is right where `values.shape[-1]` and `queries.shape[-1]` = `keys.shape[-1]` are equal, "
     "and wrong for 2 and 3."),
    ("01.4", "attention_by_einsum", "query.shape[-1]", "query.shape[0]",
     "It is right where `query.shape[-4]` = `key.shape[-4]` and `query.shape[-1]` = "
     "`key.shape[-1]` are equal, and wrong for 2 and 6."),
    ("02.2", "merge_by_contiguous_view", "transpose(1, 2)", "transpose(0, 2)",
     "It is right for a batch of 1, and wrong for a batch of 2."),
    ("05.2", "causal_by_places", "torch.arange(n_k - n_q, n_k)", "torch.arange(n_q - n_k, n_k)",
     "It is right where `n_q` and `n_k` are equal, and wrong for 12 and 31."),
    ("10.1", "longformer_by_loop", "abs(i - j) < window", "abs(i - j) < global_tokens",
     "It is right where `global_tokens` and `window` are equal, and wrong for 2 and 4."),
    ("13.2", "decode_by_softmax", "past_key.size(-2)", "w_v.size(-2)",
     "It is right where `past_key.shape[-2]` = `past_value.shape[-2]` and `x.shape[-1]` = "
     "`w_q.shape[-2]` are equal, and wrong for 5 and 8."),
]  # fmt: skip
# What no sentence fits that would be true: what is said elsewhere, or nothing.
SILENT = [
    ("00.4", "slope_by_small_step", "/ 2e-05", "* 2e-05"),  # too small to tell what moves it
    ("01.2", "weights_by_loop", "max(row)", "0 * max(row)"),  # it overflows in one case alone
    ("00.4", "slope_by_formula", "2 * (w * x - y) * x", "2 * (w * x - y) * y"),
    ("13.1", "size_by_formula", "return 2 *", "return 0 *"),  # one number has no rows
]


def first(evidence: Evidence) -> Diagnosis | None:
    with np.errstate(all="ignore"):
        for detector in (hidden, influence, masks, patterns):
            if found := detector.detect(evidence):
                return found
    return None


@pytest.mark.parametrize(("number", "way", "old", "new", "by", "what"), SEEN)
def test_what_is_said_of_a_wrong_answer_is_what_was_seen(
    evidence_of_changed: Callable[..., Evidence],
    number: str, way: str, old: str, new: str, by: str, what: str,
) -> None:  # fmt: skip
    said = first(evidence_of_changed(number, way, old, new))
    assert said is not None
    assert (said.by, said.what, said.sure) == (by, what, "fact")


@pytest.mark.parametrize(("number", "way", "old", "new", "what"), SIZES)
def test_where_an_answer_is_right_is_said_by_its_sizes(
    evidence_of_changed: Callable[..., Evidence],
    number: str, way: str, old: str, new: str, what: str,
) -> None:  # fmt: skip
    said = sizes.detect(evidence_of_changed(number, way, old, new))
    assert said is not None
    assert (said.by, said.what) == ("sizes", what)


@pytest.mark.parametrize(("number", "way", "old", "new"), SILENT)
def test_nothing_is_said_where_nothing_was_seen(
    evidence_of_changed: Callable[..., Evidence], number: str, way: str, old: str, new: str
) -> None:
    assert first(evidence_of_changed(number, way, old, new)) is None


def test_an_order_is_that_of_the_case_which_the_message_shows(
    evidence_of_changed: Callable[..., Evidence],
) -> None:
    said = patterns.detect(
        evidence_of_changed("04.3", "carried_by_view", "reshape(rows, columns)",
                            "reshape(rows, columns).flip(0)")
    )  # fmt: skip
    assert said is not None
    assert said.what == "The right rows of reordered stand in another order: 5, 4, 3, 2, 1, 0."
