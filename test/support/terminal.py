"""Runs a program on a new pseudo terminal and prints its output.

Called as: terminal.py STEPS SECONDS PROGRAM ARGUMENTS...
STEPS is a JSON list of [text, keys]: when the program has written the text since the last step, the keys are typed.
The exit code is that of the program; 124 if it did not end in time, or ended before the last step.
"""

import json
import os
import pty
import select
import signal
import sys
import time

steps = json.loads(sys.argv[1])
deadline = time.monotonic() + float(sys.argv[2])
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[3], sys.argv[3:])

written = b""
seen = 0
while True:
    ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
    try:
        data = os.read(terminal, 65536) if ready else b""
    except OSError:
        data = b""  # Linux's way to say that the other side is closed
    if not data:
        break
    written += data
    while steps and (at := written.find(steps[0][0].encode(), seen)) >= 0:
        text, keys = steps.pop(0)
        seen = at + len(text.encode())
        os.write(terminal, keys.encode())

if time.monotonic() >= deadline:
    os.kill(child, signal.SIGKILL)
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(written)
sys.exit(124 if steps or os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
