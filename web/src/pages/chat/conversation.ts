import { useCallback, useEffect, useReducer, useRef } from "react";
import { idempotencyKey } from "../../api/act";
import { api, type Problem } from "../../api/client";
import { serverSentEvents } from "../../api/sse";

export interface ToolUse {
  id: string;
  name: string;
  title: string;
  sql: string;
  result?: { rows: number; ms: number; truncated: boolean; problem: string; value: unknown };
}
export interface Piece {
  text: string;
  proven: boolean;
}
export interface Turn {
  role: "user" | "assistant";
  pieces: Piece[];
  tools: ToolUse[];
  notice?: string;
  answeredBy?: string;
  usage?: { prompt_tokens: number; completion_tokens: number; cost: number };
  failure?: { title: string; detail?: string; retry_after?: number };
  suggestions?: string[];
  state: "streaming" | "done" | "stopped";
}

type Change =
  | { kind: "asked"; text: string }
  | { kind: "event"; name: string; data: Record<string, unknown> }
  | { kind: "failed"; title: string; detail?: string; retry_after?: number }
  | { kind: "loaded"; turns: Turn[] }
  | { kind: "stopped" };

export function changed(turns: Turn[], change: Change): Turn[] {
  if (change.kind === "loaded") return change.turns;
  if (change.kind === "asked")
    return [
      ...turns,
      { role: "user", pieces: [{ text: change.text, proven: true }], tools: [], state: "done" },
      { role: "assistant", pieces: [], tools: [], state: "streaming" },
    ];
  const last = turns.at(-1);
  if (!last || last.role !== "assistant") return turns;
  return [...turns.slice(0, -1), turnAfter(last, change)];
}

function turnAfter(turn: Turn, change: Exclude<Change, { kind: "asked" | "loaded" }>): Turn {
  if (change.kind === "stopped") return turn.state === "streaming" ? { ...turn, state: "stopped" } : turn;
  if (change.kind === "failed")
    return { ...turn, state: "done", failure: { title: change.title, detail: change.detail, retry_after: change.retry_after } };
  const { name, data } = change;
  switch (name) {
    case "run":
      return { ...turn, answeredBy: String(data.answered_by), notice: String(data.notice ?? "") };
    case "tool_call":
      return { ...turn, tools: [...turn.tools, data as unknown as ToolUse] };
    case "tool_result":
      return {
        ...turn,
        tools: turn.tools.map((tool) => (tool.id === data.id ? { ...tool, result: data as unknown as ToolUse["result"] } : tool)),
      };
    case "token":
      return { ...turn, pieces: joined(turn.pieces, { text: String(data.text), proven: data.proven !== false }) };
    case "usage":
      return { ...turn, usage: data as unknown as Turn["usage"] };
    case "error":
      return { ...turn, failure: data as unknown as Turn["failure"] };
    case "done":
      return { ...turn, state: data.stopped ? "stopped" : "done", suggestions: data.suggestions as string[] };
    default:
      return turn;
  }
}

function joined(pieces: Piece[], next: Piece): Piece[] {
  const last = pieces.at(-1);
  if (!last || last.proven !== next.proven) return [...pieces, next];
  return [...pieces.slice(0, -1), { ...last, text: last.text + next.text }];
}

// One conversation: its turns, and the answer that is being streamed. Leaving the page ends it.
export function useConversation(chat: string, about?: string) {
  const [turns, dispatch] = useReducer(changed, []);
  const run = useRef<{ id?: string; abort: AbortController }>(undefined);

  useEffect(() => {
    let current = true;
    void api
      .GET("/api/v1/chats/{id}", { params: { path: { id: chat } } })
      .then(({ data }) => {
        if (!current || !data) return;
        const before = data.turns.map(
          (turn): Turn => ({
            role: turn.role === "user" ? "user" : "assistant",
            pieces: [{ text: turn.text, proven: true }],
            tools: [],
            state: "done",
          }),
        );
        dispatch({ kind: "loaded", turns: before });
      })
      .catch(() => {}); // the first question makes the chat
    return () => {
      current = false;
      run.current?.abort.abort();
    };
  }, [chat]);

  const ask = useCallback(
    async (text: string) => {
      dispatch({ kind: "asked", text });
      const abort = new AbortController();
      run.current = { abort };
      try {
        const response = await fetch(`/api/v1/chats/${encodeURIComponent(chat)}/messages`, {
          method: "POST",
          headers: { "Content-Type": "application/json", Accept: "text/event-stream", "Idempotency-Key": idempotencyKey() },
          body: JSON.stringify(about ? { text, about } : { text }),
          signal: abort.signal,
        });
        if (!response.ok) {
          const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
          dispatch({ kind: "failed", title: problem?.title ?? `HTTP ${response.status}`, detail: problem?.detail });
          return;
        }
        for await (const event of serverSentEvents(response)) {
          const data = JSON.parse(event.data) as Record<string, unknown>;
          if (event.name === "run" && run.current) run.current.id = String(data.run);
          dispatch({ kind: "event", name: event.name, data });
        }
      } catch (error) {
        if (!abort.signal.aborted) dispatch({ kind: "failed", title: "The answer was cut off", detail: String(error) });
      } finally {
        dispatch({ kind: "stopped" }); // no change when it was done
        run.current = undefined;
      }
    },
    [chat, about],
  );

  // Model and SQL end on the server, not only here.
  const stop = useCallback(() => {
    const id = run.current?.id;
    if (id) void fetch(`/api/v1/runs/${encodeURIComponent(id)}`, { method: "DELETE" });
    else run.current?.abort.abort();
  }, []);

  return { turns, ask, stop, streaming: turns.at(-1)?.state === "streaming" };
}
