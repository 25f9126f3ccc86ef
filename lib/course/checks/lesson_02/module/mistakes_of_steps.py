"""02.4: mistakes of 02.3, made on the projected roles."""

from course.checks.lesson_02.module.cases import module
from course.checks.lesson_02.module.right import Projected
from course.checks.lesson_02.together import (  # noqa: F401
    cases,
    mistakes,
    mistakes_of_heads,
    mistakes_of_steps,
)


def in_a_module(together):
    """The module with heads that attend together in this way."""

    def forward(self, query, key, value):
        output, weights = together(*self.roles(query, key, value), self.num_heads)
        return self.out_proj(output), weights

    return type("InAModule", (Projected,), {"forward": forward})


NAMES = """
    scaled_by_d_model heads_not_scaled divided_by_d_head heads_attend_to_heads
    split_by_renaming renamed_twice merged_by_renaming weights_merged values_split_alone
    softmax_over_queries softmax_over_heads scaled_by_num_heads
    pieces_joined_in_front cut_the_other_way_round cut_and_merged_the_other_way_round
    merged_interleaved first_slice_for_all weights_added heads_in_reverse
    exchanged_before_the_cut tokens_last_in_view turned_inside tokens_joined
    features_in_front sentences_joined multiplied scores_blended scores_given_back
    scaled_too_late divided_by_eight divided_by_two rounded_root scaled_by_number_of_keys
    scaled_by_number_of_queries divided_by_square hard_look_up softmax_over_batch
    one_maximum not_divided softmax_twice sigmoid no_softmax
"""
module.inherit(cases.together, NAMES.split(), in_a_module)
