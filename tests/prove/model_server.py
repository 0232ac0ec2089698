"""Chat completions over HTTP on a unix socket, plain or streamed: what the proofs' language models share."""
import http.server
import json
import socketserver


class ModelHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def complete(self, request, message):
        """Answers with this message, as the request wants it."""
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
        if not request.get("stream"):
            self.answer("application/json", json.dumps(
                {"choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}))
            return
        deltas = [{"role": "assistant"}]
        text = message.get("content") or ""
        # Links come in pieces, so that no piece is one.
        deltas += [{"content": text[at:at + 5]} for at in range(0, len(text), 5)]
        deltas += [{"tool_calls": [{**one, "index": n}]} for n, one in enumerate(message.get("tool_calls") or [])]
        chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}], "usage": usage})
        self.answer("text/event-stream", "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n")

    def answer(self, kind, text):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class ModelServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
