"""Serves a model as llama.cpp's own server does: Chat Completions at /v1.

    FOLDER/venv/bin/python serve.py MODEL PORT THREADS

It prints `LISTENING http://127.0.0.1:PORT` when it is ready; until then every request is answered
with 503. It runs until it is ended.
"""

import signal
import sys
from pathlib import Path

import xllamacpp

# The longest prompt of a turn and what is answered fit into this, in tokens.
CONTEXT = 8192


def main():
    model, port, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.model_alias = {model.stem}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.use_jinja = True
    params.chat_template = Path(__file__).with_name("chat.jinja").read_text()
    server = xllamacpp.Server(params)
    print("LISTENING", server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
