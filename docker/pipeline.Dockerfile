# Beam SDK worker for the data half: our wheel with [pipeline], no torch.
#   docker build -f docker/pipeline.Dockerfile -t xlmk-pipeline .
# As a command:   docker run --rm -v $PWD/KB:/kb --entrypoint xlmk xlmk-pipeline extract wikipedia --root /kb ...
# As a worker:    --runner PortableRunner (or FlinkRunner, DataflowRunner) --environment_type DOCKER --environment_config xlmk-pipeline
# .ci/replay_docker replays the pip lines and the entry points in a clean environment (no engine runs in CI).
# The full image has the C compiler that builds the native scanner and decoder and the compiled parser.
FROM python:3.11.14-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m pip wheel --no-deps --wheel-dir /wheels .

FROM apache/beam_python3.11_sdk:2.77.0 AS beam

FROM python:3.11.14-slim-bookworm
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/constraints.txt
RUN python -m pip install --no-cache-dir -c /wheels/constraints.txt "$(ls /wheels/xlmk-*.whl)[pipeline]"
# Beam's own launcher of workers.
COPY --from=beam /opt/apache/beam /opt/apache/beam
RUN useradd --create-home --uid 1000 xlmk
USER xlmk
WORKDIR /home/xlmk
ENTRYPOINT ["/opt/apache/beam/boot"]
