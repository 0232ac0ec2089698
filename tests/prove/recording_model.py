"""A language model that keeps every byte it is sent, behind chat completions and embeddings on a unix socket.

It calls the tools it is given in turn, with arguments that fetch as much as they can, and then says a plain sentence:
what matters is what it was told, not what it answers.
"""
import http.server
import json
import math
import socketserver
import threading

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


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.model.keep(self.path, f"{self.requestline}\n{self.headers}\n".encode() + body)
        request = json.loads(body)
        if self.path.endswith("/embeddings"):
            texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
            self.answer("application/json", json.dumps({"data": [
                {"index": place, "embedding": embedding_of(text)} for place, text in enumerate(texts)]}))
            return
        message = message_for(request, self.server.model.incident, len(self.server.model.received["completions"]))
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
        if not request.get("stream"):
            self.answer("application/json",
                        json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}))
            return
        for number, call in enumerate(message.get("tool_calls") or []):
            call["index"] = number
        chunks = [{"choices": [{"index": 0, "delta": message}]},
                  {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}], "usage": usage}]
        self.answer("text/event-stream", "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n")

    def answer(self, kind, text):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class RecordingModel:
    """`received` maps the last word of a path (completions, embeddings) to everything sent there."""

    def __init__(self, path):
        self.received = {"completions": [], "embeddings": []}
        self.incident = "SH-1"
        self.lock = threading.Lock()
        self.server = Server(str(path), Handler)
        self.server.model = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def keep(self, path, data):
        with self.lock:
            self.received.setdefault(path.rpartition("/")[2], []).append(data)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
