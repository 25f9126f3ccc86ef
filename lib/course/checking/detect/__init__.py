"""What can be said of a wrong answer that no mistake of the bank explains in full.

Each module has one function, `detect(evidence)`, that gives a Diagnosis or None. They are asked in
an order of their own, and the first that speaks is heard: what explains every number comes before
what explains most, and that before what was only seen.
"""

from collections.abc import Callable, Sequence

import numpy as np

from course.checking.detect import exceptions, known, reproduce
from course.checking.evidence import Diagnosis, Evidence

Detector = Callable[[Evidence], Diagnosis | None]

DETECTORS: tuple[Detector, ...] = (exceptions.detect, reproduce.detect, known.detect)


def diagnose(evidence: Evidence, detectors: Sequence[Detector] = DETECTORS) -> Diagnosis | None:
    """What the first of the detectors that can say anything says."""
    for detect in detectors:
        try:
            with np.errstate(all="ignore"):
                found = detect(evidence)
        except Exception:  # whatever is wrong with a detector, or in its way, the verdict stands
            continue
        if found:
            return found
    return None
