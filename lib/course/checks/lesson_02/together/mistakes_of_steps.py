"""02.3: mistakes of 01.4, 02.1 and 02.2, made in one of the steps of heads together."""

from course.checks.lesson_01.attention import cases, mistakes, mistakes_of_axes  # noqa: F401
from course.checks.lesson_02 import merge
from course.checks.lesson_02.shared import attend
from course.checks.lesson_02.split import cases as split_cases
from course.checks.lesson_02.split import mistakes as split_mistakes  # noqa: F401
from course.checks.lesson_02.split import mistakes_of_the_cut  # noqa: F401
from course.checks.lesson_02.split.right import split_by_transpose
from course.checks.lesson_02.together.cases import together


def with_attention(attending):
    """Heads together by this attention."""

    def answer(query, key, value, num_heads):
        output, weights = attending(
            *(split_by_transpose(x, num_heads) for x in (query, key, value))
        )
        return merge.merge_by_flatten(output), weights

    return answer


def with_split(cut):
    """Heads together, cut apart in this way."""

    def answer(query, key, value, num_heads):
        output, weights = attend(*(cut(x, num_heads) for x in (query, key, value)))
        return merge.merge_by_flatten(output), weights

    return answer


def with_merge(join):
    """Heads together, joined in this way."""

    def answer(query, key, value, num_heads):
        output, weights = attend(*(split_by_transpose(x, num_heads) for x in (query, key, value)))
        return join(output), weights

    return answer


SPLITS = """
    exchanged_before_the_cut pieces_as_tokens tokens_last_in_view
"""
MERGES = """
    not_joined mean_over_heads one_below_the_other turned_inside tokens_joined
    features_in_front batch_side_by_side sentences_joined largest_over_heads
"""
ATTENTIONS = """
    divided_by_power_and_two multiplied scores_blended scores_given_back scaled_too_late
    divided_by_eight divided_by_two rounded_root scaled_by_number_of_keys
    scaled_by_number_of_queries divided_by_square values_asked hard_look_up output_scaled
    scaled_by_first_axis softmax_over_batch keys_not_turned one_maximum one_budget
    not_divided softmax_twice logarithms sigmoid no_softmax
"""
together.inherit(split_cases.split, SPLITS.split(), with_split)
together.inherit(merge.merge, MERGES.split(), with_merge)
together.inherit(cases.attention, ATTENTIONS.split(), with_attention)
