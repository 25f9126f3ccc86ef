"""14.3: mistakes in what the state takes in, and what is given back."""

import torch

from course.checks.lesson_14.shared import DIVIDED, phi
from course.checks.lesson_14.step.cases import step
from course.checks.lesson_14.step.right import outer, read, take_and_read


@step.mistake(
    "The query read before the token was taken in.",
    "A token may see itself, so its key and value join the state first. At the first token there "
    "would be nothing to read, and 0 / 0.",
)
def step_reads_first(query, key, value, s, z):
    _, new_s, new_z = take_and_read(query, key, value, s, z)
    return read(phi(query), s, z), new_s, new_z


@step.mistake(
    "The state was replaced by the newest token, so everything before is forgotten.",
    "A state collects: the new s is the old s plus one table, the new z the old z plus one key.",
)
def step_forgets(query, key, value, s, z):
    s, z = outer(phi(key), value), phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "The old state was given back.",
    "The next step has to know this token: give back the new s and the new z.",
)
def step_old_state(query, key, value, s, z):
    output, _, _ = take_and_read(query, key, value, s, z)
    return output, s.clone(), z.clone()


@step.mistake(
    "s has taken the token in, z has not.",
    "Both are sums over all tokens so far, above and below the fraction: the features of the key "
    "join z.",
)
def step_z_stays(query, key, value, s, z):
    s = s + outer(phi(key), value)
    return read(phi(query), s, z), s, z.clone()


@step.mistake(
    "The raw key was stored: the feature map is missing there.",
    "Query and key are compared as features: phi(key) joins s and z, and phi(query) reads.",
)
def step_raw_key(query, key, value, s, z):
    s, z = s + outer(key, value), z + key
    return read(phi(query), s, z), s, z


@step.mistake(
    "Raw queries and keys were used: the feature map is missing.",
    "Query and key are compared as features: phi(key) joins s and z, and phi(query) reads.",
)
def step_raw(query, key, value, s, z):
    s, z = s + outer(key, value), z + key
    return read(query, s, z), s, z


@step.mistake(
    "The raw query reads: the feature map is missing there.",
    "Query and key are compared as features: phi(query) reads from s and from z.",
)
def step_raw_query(query, key, value, s, z):
    s, z = s + outer(phi(key), value), z + phi(key)
    return read(query, s, z), s, z


@step.mistake(
    "The query was stored where the key belongs.",
    "Keys are what can be found, so they join the state. The query only reads.",
)
def step_stores_query(query, key, value, s, z):
    return take_and_read(query, query, value, s, z)


@step.mistake(*DIVIDED)
def step_not_divided(query, key, value, s, z):
    _, s, z = take_and_read(query, key, value, s, z)
    return torch.einsum("...d,...dv->...v", phi(query), s), s, z


@step.mistake(
    "s and z are exchanged.",
    "Give back the output, then the table s, then the vector z.",
)
def step_exchanged(query, key, value, s, z):
    output, s, z = take_and_read(query, key, value, s, z)
    return output, z, s


@step.mistake(
    "The raw key joined z: the feature map is missing there.",
    "s and z collect the same keys, so both need their features: z = z + phi(key).",
)
def step_raw_key_in_z(query, key, value, s, z):
    s, z = s + outer(phi(key), value), z + key
    return read(phi(query), s, z), s, z


@step.mistake(
    "The raw key joined s: the feature map is missing there.",
    "s and z collect the same keys, so both need their features. Phi first, then the table.",
)
def step_raw_key_in_s(query, key, value, s, z):
    s, z = s + outer(key, value), z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "The output was given back last.",
    "Whoever calls it expects the output first, then the new s, then the new z.",
)
def step_output_last(query, key, value, s, z):
    output, s, z = take_and_read(query, key, value, s, z)
    return s, z, output


@step.mistake(
    "The query read before the token was taken in, and the first token reads nothing: 0.",
    "A token may see itself, so its key and value join the state first. (Then the divisor is never "
    "0, and nothing has to guard against it.)",
)
def step_reads_first_without_nan(query, key, value, s, z):
    _, new_s, new_z = take_and_read(query, key, value, s, z)
    query = phi(query)
    divisor = (query * z).sum(-1, keepdim=True).clamp(min=1e-6)
    return torch.einsum("...d,...dv->...v", query, s) / divisor, new_s, new_z


@step.mistake(
    "The divisor was read before z had taken the token in.",
    "First both sums, s and z; then the answer, from the new ones.",
)
def step_divisor_first(query, key, value, s, z):
    _, new_s, new_z = take_and_read(query, key, value, s, z)
    return read(phi(query), new_s, z), new_s, new_z


@step.mistake(
    "The blend was read before s had taken the token in.",
    "First both sums, s and z; then the answer, from the new ones.",
)
def step_blend_first(query, key, value, s, z):
    _, new_s, new_z = take_and_read(query, key, value, s, z)
    return read(phi(query), s, new_z), new_s, new_z


@step.mistake(
    "z has taken the token in, s has not.",
    "Both are sums over all tokens so far, above and below the fraction: the table of key and "
    "value joins s.",
)
def step_s_stays(query, key, value, s, z):
    z = z + phi(key)
    return read(phi(query), s, z), s.clone(), z


@step.mistake(
    "The old s was given back, beside the new z.",
    "The next step has to know this token: give back the new s and the new z.",
)
def step_old_s(query, key, value, s, z):
    output, _, new_z = take_and_read(query, key, value, s, z)
    return output, s.clone(), new_z


@step.mistake(
    "The old z was given back, beside the new s.",
    "The next step has to know this token: give back the new s and the new z.",
)
def step_old_z(query, key, value, s, z):
    output, new_s, _ = take_and_read(query, key, value, s, z)
    return output, new_s, z.clone()


FADES = (
    "Some published layers forget on purpose. Here a state is a plain sum: the old s plus one "
    "table, the old z plus one key."
)


@step.mistake("The old state was made smaller before the token joined: it fades.", FADES)
def step_decays(query, key, value, s, z):
    return take_and_read(query, key, value, 0.9 * s, 0.9 * z)


@step.mistake("The old state was halved before the token joined: it fades.", FADES)
def step_decays_by_half(query, key, value, s, z):
    return take_and_read(query, key, value, s / 2, z / 2)


@step.mistake("The state is the mean of the old state and the token.", FADES)
def step_averages(query, key, value, s, z):
    output, s, z = take_and_read(query, key, value, s, z)
    return output, s / 2, z / 2


@step.mistake(
    "The key reads, where the query should.",
    "The key has joined the state already. Who asks is the query: phi(query) reads from s and z.",
)
def step_key_reads(query, key, value, s, z):
    return take_and_read(key, key, value, s, z)


@step.mistake(
    "Query and key went through phi twice.",
    "Once is enough: either when the features are made, or where they are used.",
)
def step_features_twice(query, key, value, s, z):
    return take_and_read(phi(query), phi(key), value, s, z)


@step.mistake(
    "The value went through the feature map too.",
    "Only what is compared needs features: query and key. Values are handed on as they are.",
)
def step_value_features(query, key, value, s, z):
    return take_and_read(query, key, phi(value), s, z)


@step.mistake(
    "The answer is the value itself: the state was not read.",
    "The query reads from everything so far, from the new s, and divides by what it reads from the "
    "new z.",
)
def step_value_alone(query, key, value, s, z):
    _, s, z = take_and_read(query, key, value, s, z)
    return value.clone(), s, z


@step.mistake(
    "s has taken the token in, z has not. (A small number hides that the first divisor is 0.)",
    "Both are sums over all tokens so far, above and below the fraction: the features of the key "
    "join z.",
)
def step_z_stays_without_nan(query, key, value, s, z):
    s = s + outer(phi(key), value)
    blend = torch.einsum("...d,...dv->...v", phi(query), s)
    return blend / ((phi(query) * z).sum(-1, keepdim=True) + 1e-6), s, z.clone()


@step.mistake(
    "z has taken in phi of phi(key).",
    "s and z collect the same keys, and phi is taken once: where `key` holds the features already, "
    "it is z = z + key.",
)
def step_phi_twice_in_z(query, key, value, s, z):
    query, key = phi(query), phi(key)
    s, z = s + outer(key, value), z + phi(key)
    return read(query, s, z), s, z
