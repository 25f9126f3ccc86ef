"""What can be said of a wrong answer that no mistake of the bank explains in full.

Each module has one function, `detect(evidence)`, that gives a Diagnosis or None. They are asked in
an order of their own, and the first that speaks is heard: what explains every number comes before
what explains most, and that before what was only seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from course.checking.detect import (
    exceptions,
    hidden,
    influence,
    known,
    masks,
    patterns,
    reproduce,
    scores,
    sizes,
    written,
)
from course.checking.evidence import Diagnosis, Evidence

Detector = Callable[[Evidence], Diagnosis | None]

DETECTORS: tuple[Detector, ...] = (
    exceptions.detect,
    reproduce.detect,
    scores.detect,
    known.detect,
    hidden.detect,
    influence.detect,
    masks.detect,
    patterns.detect,
)


def diagnose(evidence: Evidence) -> Diagnosis | None:
    """What can be said of the cause.

    To what was only seen is added for which sizes it is right, and what the answer's text tells.
    """
    found = first_of(evidence, DETECTORS)
    if found and found.sure != "fact":
        return found
    sized = first_of(evidence, [sizes.detect])
    if found and sized:
        found = replace(found, way_out=f"{found.way_out} {sized.what}".strip())
    found = found or sized
    if found and found.by.startswith(written.SYMPTOMS):
        told = remark(evidence, found.what)
        found = replace(found, way_out=f"{found.way_out} {told}".strip())
    return found


def remark(evidence: Evidence, said: str = "") -> str:
    """What the answer's text tells, if anything."""
    try:
        return written.remark(evidence, said)
    except Exception:  # as with a detector
        return ""


def first_of(evidence: Evidence, detectors: Sequence[Detector]) -> Diagnosis | None:
    """What the first of these detectors that can say anything says."""
    for detect in detectors:
        try:
            with np.errstate(all="ignore"):
                found = detect(evidence)
        except Exception:  # whatever is wrong with a detector, or in its way, the verdict stands
            continue
        if found:
            return found
    return None
