"""Set the course up and open it: python start.py --help says how. Nothing is needed but Python.

This file must be readable by any Python, however old, so that an old one can say that it is.
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.stderr.write(
        "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". "
        "Install a newer one from python.org and start with it, "
        "for example: python3.12 start.py\n"
    )
    sys.exit(2)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

from course.setup.startup import main

sys.exit(main(sys.argv[1:]))
