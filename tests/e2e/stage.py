#!/usr/bin/env python3
"""The servers that the browser's tests look at, told what to do line by line.

Each line of standard input is a JSON list, ["sql", "SELECT 1"], and is answered by a line: {"ok": …} or {"failed": "…"}.
When standard input ends, so does everything that was started.
"""
import inspect
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import threading

sys.dont_write_bytecode = True  # the source tree stays as it was checked out
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "prove"))
from ledger import Store
from model_server import ModelHandler, ModelServer
from rig import POSTGRES, TOP, Failed, Rig, UnixConnection, end

# A story takes seconds, as in the demonstration.
THRESHOLDS = {
    "idle_in_transaction_blocker.forgotten_after_s": 2, "idle_in_transaction_blocker.watch_for_s": 2,
    "watch.blocked_after_s": 1, "brakes.acts_per_hour": 1000, "brakes.acts_per_day": 1000,
}
SAMPLE = TOP / "src/sample/setup.sql"
# Two hundred sessions that wait, and those that look at them.
SETTINGS = {"max_connections": "300"}
# Below the ports that the system gives to clients: a server that was killed finds its own again.
PORTS = range(20000, 32000)


def free_port():
    for port in random.sample(PORTS, 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Failed("of fifty ports none is free")


class Poisoner(ModelHandler):
    """A language model in an attacker's hand: it looks at the letters, and says what the attacker wants."""

    def do_POST(self):
        request = json.loads(self.body())
        letters = {"name": "run_readonly_sql", "arguments": json.dumps({"sql": "SELECT id, body FROM letters"})}
        message = {"role": "assistant", "content": self.server.text}
        if request.get("tools") and request["messages"][-1]["role"] == "user":
            message = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": letters}]}
        self.complete(request, message)


class Stage:
    def __init__(self, rig):
        self.rig = rig
        self.store = Store(rig)
        self.sessions = {}
        self.ann = None
        rig.watched.sql("CREATE ROLE employees_web LOGIN")
        rig.watched.sql("SET ROLE shop_owner; " + SAMPLE.read_text())
        rig.selfheal.environment["SELFHEAL_SAMPLE_URL"] = f"host={rig.watched.directory} dbname=shop user=employees_web"
        rig.selfheal.listen = f"127.0.0.1:{free_port()}"
        if "SELFHEAL_UI_DIRECTORY" in os.environ:
            rig.selfheal.environment["SELFHEAL_UI_DIRECTORY"] = os.environ["SELFHEAL_UI_DIRECTORY"]

    def start(self):
        """Starts the server under test and says where its pages are."""
        self.rig.selfheal.start()
        return {"url": f"http://{self.rig.selfheal.listen}", "pid": self.rig.selfheal.process.pid}

    def start_unwatched(self):
        self.rig.selfheal.start(wait=False)

    def kill(self):
        self.rig.selfheal.process.kill()
        self.rig.selfheal.process.wait()

    def poisoned_model(self, text):
        """From the next start on, a language model that answers with this."""
        socket_path = self.rig.directory / "model.sock"
        model = ModelServer(str(socket_path), Poisoner)
        model.text = text
        os.chmod(socket_path, 0o666)
        threading.Thread(target=model.serve_forever, daemon=True).start()
        self.rig.at_end(model.shutdown)
        file = self.rig.selfheal.file
        file.write_text(f'[assistant]\nbase_url = "unix:{socket_path}"\napi_key = "key"\nmodel = "poisoned"\n' + file.read_text())

    def metric(self, name):
        connection = UnixConnection(self.rig.selfheal.state / "api.sock", 10)
        try:
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
        finally:
            connection.close()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + " "))

    def log(self):
        return self.rig.selfheal.log.read_text()

    def call(self, method, path, body=None):
        """As the administrator, over the unix socket."""
        status, answer = self.rig.selfheal.call(method, path, body, timeout=30)
        return {"status": status, "body": answer}

    def invitation(self):
        """What lets one browser in, once: as Ann, who is an administrator."""
        if self.ann is None:
            answer = self.call("POST", "/api/v1/people", {"name": "Ann", "role": "admin"})
            self.ann = answer["body"]["person"]["id"]
        else:
            answer = self.call("POST", f"/api/v1/people/{self.ann}/invitation", {})
        if answer["status"] >= 300:
            raise Failed(f"an invitation was answered {answer}")
        return answer["body"]["url"].partition("#")[2]

    def sql(self, text, role="postgres"):
        return self.rig.watched.sql(text, role)

    def store_sql(self, text):
        return self.store.rows(text)

    def session(self, name, text=None, role="app", application="orders-web"):
        """Opens a session of an application, or lets it go on; with a text that is run and waited for."""
        if name not in self.sessions:
            self.sessions[name] = self.rig.session(role, application)
        return self.sessions[name].run(text) if text else []

    def send(self, name, text):
        """What a session runs without being waited for."""
        self.sessions[name].send(text)

    def end_session(self, name):
        self.sessions.pop(name).close()

    def crowd(self, count, text):
        """Many sessions of one application that run the same, until end_crowd()."""
        script = self.rig.directory / "crowd.sql"
        script.write_text(text)
        environment = {"PATH": "/usr/bin:/bin", "PGAPPNAME": "orders-web"}
        self.waiting = self.rig.account.start(
            [POSTGRES / "pgbench", "-n", "-c", count, "-t", "1", "-f", script, "-h", self.rig.watched.directory, "-U", "app", "shop"],
            cwd=self.rig.directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.rig.at_end(self.end_crowd)

    def end_crowd(self):
        end(self.waiting, seconds=5)


def main():
    if sys.argv[1:]:
        sys.exit(__doc__)
    with Rig(thresholds=THRESHOLDS, settings=SETTINGS) as rig:
        stage = Stage(rig)
        orders = {name: order for name, order in inspect.getmembers(stage, inspect.ismethod) if not name.startswith("_")}
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            try:
                answer = {"ok": orders[name](*arguments)}
            except Exception as failure:  # whatever it was, the test that asked is told
                answer = {"failed": f"{name}: {type(failure).__name__}: {failure}"}
            print(json.dumps(answer), flush=True)


main()
