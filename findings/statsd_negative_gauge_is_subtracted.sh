#!/usr/bin/env bash
# Clients of StatsD for Node.js subtract a negative gauge from the last one, the client for Python sets it.
#
# Versions: hot-shots 17.1.1, node-statsd 0.1.1, statsd-client 0.4.7 and the server statsd 0.9.0 (npm); statsd 4.0.1
# (Python).
# Expected: gauge("temperature", 5) and then gauge("temperature", -5) leave the gauge at -5, whichever client sent
# them.
# Seen: the three clients for Node.js send "-5|g", which the protocol reads as a change, so that the gauge is 0; sent
# again and again it falls by 5 each time. The Python client sends 0 first, and the gauge is -5. Positive values
# agree.
# Why it matters: temperatures below zero, forecast errors and drifts with a sign are gauges; in one half of a system
# they run away slowly, and alerts on a limit fire long after the fact or for ever.
# Source: found by running; the protocol of StatsD ("metric types, gauges") says so of the sign.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "statsd==4.0.1"
npm install --silent --no-audit --no-fund --prefix "$folder" \
    "statsd@0.9.0" "hot-shots@17.1.1" "node-statsd@0.1.1" "statsd-client@0.4.7" >/dev/null

read -r port management < <(venv/bin/python -c '
import socket
udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
udp.bind(("127.0.0.1", 0)), tcp.bind(("127.0.0.1", 0))
print(udp.getsockname()[1], tcp.getsockname()[1])')
cat >settings.js <<EOF
{
  address: "127.0.0.1", port: $port, mgmt_address: "127.0.0.1", mgmt_port: $management,
  flushInterval: 600000, backends: []
}
EOF
node node_modules/statsd/stats.js settings.js >server.log 2>&1 &
server=$!

cat >send.js <<'EOF'
const [client, port] = process.argv.slice(2);
const Client = require(client);
const sender = new Client({ host: "127.0.0.1", port: Number(port) });
const readings = [5, -5, -5];
function next() {
  if (readings.length === 0) return sender.close();
  sender.gauge(`${client}.temperature`, readings.shift());
  setTimeout(next, 200);
}
next();
EOF

cat >check.py <<'EOF'
import json
import socket
import subprocess
import sys
import time
from importlib.metadata import version

import statsd

port, management = int(sys.argv[1]), int(sys.argv[2])


def gauges():
    with socket.create_connection(("127.0.0.1", management), timeout=5) as line:
        line.sendall(b"gauges\n")
        answer = b""
        while b"END" not in answer:
            answer += line.recv(4096)
    return json.loads(answer.decode().split("END")[0].replace("'", '"'))


for _ in range(100):
    try:
        gauges()
        break
    except OSError:
        time.sleep(0.2)
clients = ["hot-shots", "node-statsd", "statsd-client"]
for client in clients:
    subprocess.run(["node", "send.js", client, str(port)], check=True, timeout=30)
sender = statsd.StatsClient("127.0.0.1", port)
for reading in (5, -5, -5):
    sender.gauge("python.temperature", reading)
    time.sleep(0.2)
for _ in range(50):
    seen = gauges()
    if len(seen) == 4:
        break
    time.sleep(0.2)
print("statsd for Python", version("statsd"), "sent 5, -5, -5; gauges:", seen)
if seen.get("python.temperature") != -5:
    raise SystemExit("Changed: the Python client no longer sets a negative gauge.")
for client in clients:
    if seen.get(f"{client}.temperature") != -5 - 5 + 5:
        raise SystemExit(f"Changed: {client} no longer has negative gauges subtracted.")
EOF
venv/bin/python check.py "$port" "$management"
