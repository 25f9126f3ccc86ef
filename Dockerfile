# The course, installed once for many: read-only, with notebooks and progress in each user's home.
# How to use it, and what of it was tried: docs/hub.md
FROM python:3.12-slim

ARG NB_USER=learner
ARG NB_UID=1000
RUN useradd --create-home --uid "$NB_UID" "$NB_USER"

COPY . /opt/course
WORKDIR /opt/course
RUN python start.py --install-only \
    && .venv/bin/python -m pip install --no-cache-dir -r requirements-hub.txt \
    && .venv/bin/course models \
    && .venv/bin/python -m compileall -q lib \
    && rm -rf ~/.cache

ENV PATH="/opt/course/.venv/bin:$PATH"
USER $NB_USER
WORKDIR /home/$NB_USER
EXPOSE 8888
ENTRYPOINT ["python", "-m", "course.upkeep.home"]
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "--LabApp.default_url=/lab/tree/notebooks/00_before_you_start.ipynb"]
