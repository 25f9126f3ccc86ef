"""01.5: mistakes of 01.4, made on the projected tokens."""

# The mistakes that are taken over are declared where these come from.
from course.checks.lesson_01.attention.cases import attention
from course.checks.lesson_01.attention.mistakes import multiplied  # noqa: F401
from course.checks.lesson_01.attention.mistakes_of_axes import softmax_over_batch  # noqa: F401
from course.checks.lesson_01.self_attention import self_attention


def on_projections(attend):
    """Self-attention by this attention."""

    def answer(x, w_q, w_k, w_v):
        return attend(x @ w_q, x @ w_k, x @ w_v)

    return answer


NAMES = """
    divided_by_power_and_two multiplied scores_blended scores_given_back scaled_too_late
    divided_by_eight divided_by_two rounded_root whole_root scaled_by_number_of_keys
    divided_by_square hard_look_up output_scaled weights_turned scaled_by_first_axis
    softmax_over_batch softmax_counts_from_the_front width_counts_from_the_front
    keys_reshaped one_maximum one_budget no_keepdim not_divided softmax_twice logarithms
    sigmoid no_softmax
"""
self_attention.inherit(attention, NAMES.split(), on_projections)
