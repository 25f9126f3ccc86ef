"""From a fresh clone to an open lesson.

startup     what start.py does; it and all that it imports need nothing but Python
installers  which program installs the packages, and from where
models      what `course models` does
doctor      is this machine ready?
lab         JupyterLab, set up for a newcomer; its settings are in jupyter/
"""
