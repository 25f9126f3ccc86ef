"""14.3: mistakes where one of the two sums begins anew at each token."""

from course.checks.lesson_14.shared import phi
from course.checks.lesson_14.step.cases import step
from course.checks.lesson_14.step.right import outer, read


@step.mistake(
    "z was replaced by the newest key, so all keys before are forgotten there.",
    "z collects, as s does: the new z is the old z plus one key, phi(key).",
)
def step_z_forgets(query, key, value, s, z):
    s, z = s + outer(phi(key), value), phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "s was replaced by the newest table, so everything before is forgotten there.",
    "s collects, as z does: the new s is the old s plus the table of this token.",
)
def step_s_forgets(query, key, value, s, z):
    s, z = outer(phi(key), value), z + phi(key)
    return read(phi(query), s, z), s, z
