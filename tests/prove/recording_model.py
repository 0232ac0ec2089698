"""A language model that keeps every byte it is sent, behind chat completions and embeddings on a unix socket.

It calls the tools it is given in turn, with arguments that fetch as much as they can, and then says a plain sentence:
what matters is what it was told, not what it answers.
"""
import json
import math
import threading

from model_server import ModelHandler, ModelServer

DIMENSION = 32


def calls_for(tools, question, incident, turn):
    """The SQL of the question, which stands after a colon, and three of the other tools, each in its turn."""
    arguments = {"get_incident": {"incident": incident}, "get_evidence": {"incident": incident},
                 "search_similar": {"incident": incident}, "look_up_error": {"sqlstate": "23505"},
                 "run_readonly_sql": {"sql": question.rpartition(": ")[2]}, "explain": {"sql": question.rpartition(": ")[2]},
                 "propose_fix": {"incident": incident}, "show_statistics": {"subject": "slowest_statements"}}
    others = sorted({tool["function"]["name"] for tool in tools} - {"run_readonly_sql"})
    names = ["run_readonly_sql"] + [others[(turn * 3 + place) % len(others)] for place in range(3)]
    return [{"id": f"call_{number}", "type": "function",
             "function": {"name": name, "arguments": json.dumps(arguments.get(name, {}))}}
            for number, name in enumerate(names)]


def message_for(request, incident, turn):
    messages = request["messages"]
    if request.get("response_format"):
        return {"role": "assistant", "content": json.dumps({"sentences": []})}
    if request.get("tools") and messages[-1]["role"] == "user":
        return {"role": "assistant", "content": None,
                "tool_calls": calls_for(request["tools"], str(messages[-1]["content"]), incident, turn)}
    return {"role": "assistant", "content": "It says [Q1.r1.c1] [Q1]."}


def embedding_of(text):
    """Any vector will do, as long as equal texts give equal ones."""
    numbers = [math.sin(1 + len(text) * (place + 1)) for place in range(DIMENSION)]
    length = math.sqrt(sum(number * number for number in numbers))
    return [number / length for number in numbers]


class Handler(ModelHandler):
    def do_POST(self):
        body = self.body()
        self.server.model.keep(self.path, f"{self.requestline}\n{self.headers}\n".encode() + body)
        request = json.loads(body)
        if self.path.endswith("/embeddings"):
            texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
            self.answer("application/json", json.dumps({"data": [
                {"index": place, "embedding": embedding_of(text)} for place, text in enumerate(texts)]}))
            return
        turn = len(self.server.model.received["completions"])
        self.complete(request, message_for(request, self.server.model.incident, turn))


class RecordingModel:
    """`received` maps the last word of a path (completions, embeddings) to everything sent there."""

    def __init__(self, path):
        self.received = {"completions": [], "embeddings": []}
        self.incident = "SH-1"
        self.lock = threading.Lock()
        self.server = ModelServer(str(path), Handler)
        self.server.model = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keep(self, path, data):
        with self.lock:
            self.received.setdefault(path.rpartition("/")[2], []).append(data)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
