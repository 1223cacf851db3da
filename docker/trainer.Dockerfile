# The training half: our wheel with [train], no Beam.
#   docker build -f docker/trainer.Dockerfile -t xlmk-trainer .
#   docker run --rm -v $PWD/shards:/shards -v $PWD/run:/run xlmk-trainer train --shards /shards --out /run
# For GPUs build with --build-arg TORCH_INDEX=<the CUDA index of PyTorch for your driver>; the versions stay pinned.
# .ci/replay_docker replays the pip lines and the entry point in a clean environment (no engine runs in CI).
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m pip wheel --no-deps --wheel-dir /wheels .

FROM python:3.11.14-slim-bookworm
ARG TORCH_INDEX=
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/constraints.txt
RUN python -m pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -c /wheels/constraints.txt "$(ls /wheels/xlmk-*.whl)[train]"
RUN useradd --create-home --uid 1000 xlmk
USER xlmk
WORKDIR /home/xlmk
ENTRYPOINT ["xlmk"]
