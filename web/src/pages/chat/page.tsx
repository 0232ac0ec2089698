import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { idempotencyKey } from "../../api/act";
import { answered, api } from "../../api/client";
import { queries } from "../../api/queries";
import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import { useTitle } from "../../parts/title";
import { say } from "../../parts/toast";
import styles from "./chat.module.css";
import { useConversation } from "./conversation";
import { TurnView } from "./turn";

const route = getRouteApi("/chat");

const kBeginnings = ["What is wrong now?", "Who blocks whom?", "Show me the slowest statements", "What did you do today?"];

export function ChatPage() {
  useTitle("Ask");
  const { chat, incident } = route.useSearch();
  const [made] = useState(() => idempotencyKey().slice(0, 16));
  const id = chat ?? made;
  return (
    <>
      <h1 className="visually-hidden">Ask</h1>
      <div className={styles.frame}>
        <ChatList current={id} />
        <Conversation key={id} id={id} about={incident} isNew={!chat} />
      </div>
    </>
  );
}

function ChatList({ current }: { current: string }) {
  const { data } = useQuery(queries.chats());
  const client = useQueryClient();
  const navigate = useNavigate();
  const forget = async (id: string) => {
    await answered(api.DELETE("/api/v1/chats/{id}", { params: { path: { id } } })).catch((error: Error) => say(error.message));
    await client.invalidateQueries({ queryKey: ["chats"] });
    if (id === current) await navigate({ to: "/chat" });
  };
  return (
    <nav className={styles.chats} aria-label="Chats">
      <Link to="/chat" className={styles.new_chat}>
        + New
      </Link>
      <ul className={parts.list}>
        {data?.items.map((chat) => (
          <li key={chat.id} className={styles.chat}>
            <Link to="/chat" search={{ chat: chat.id, incident: chat.about ?? undefined }} aria-current={chat.id === current}>
              {chat.title || chat.id}
            </Link>
            <button type="button" aria-label={`Forget ${chat.title || chat.id}`} title="Forget" onClick={() => void forget(chat.id)}>
              ×
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Conversation({ id, about, isNew }: { id: string; about?: string; isNew: boolean }) {
  const { turns, ask, stop, streaming } = useConversation(id, about);
  const navigate = useNavigate();
  const client = useQueryClient();
  const send = (text: string) => {
    if (text.trim() === "" || streaming) return;
    void ask(text).then(() => {
      void client.invalidateQueries({ queryKey: ["chats"] });
      if (isNew) void navigate({ to: "/chat", search: { chat: id, incident: about }, replace: true });
    });
  };
  useEscape(streaming ? stop : undefined);
  const asked = turns.findLast((turn) => turn.role === "user")?.pieces[0]?.text;
  const failed = !streaming && turns.at(-1)?.failure !== undefined;
  const { pane, atEnd, toEnd } = useFollow(turns);
  const begun = turns.length > 0;
  const suggestions = begun ? (turns.at(-1)?.suggestions ?? []) : kBeginnings;
  return (
    <section className={styles.conversation} aria-label={about ? `About ${about}` : "Conversation"}>
      {about && (
        <p className={parts.meta}>
          About{" "}
          <Link to="/incidents/$id" params={{ id: about }}>
            {about}
          </Link>
        </p>
      )}
      <div ref={pane} className={styles.turns} tabIndex={0} role="log" aria-live="off" aria-label="Questions and answers">
        {!begun && <p className={parts.meta}>Ask about the watched databases. It reads only; nothing is changed from here.</p>}
        {turns.map((turn, at) => (
          <TurnView key={at} turn={turn} />
        ))}
      </div>
      <p className="visually-hidden" role="status">
        {streaming ? "Answering" : begun ? "The answer is complete" : ""}
      </p>
      {!atEnd && (
        <Button className={styles.new_below} onClick={toEnd}>
          ↓ New
        </Button>
      )}
      {failed && asked && (
        <div className={styles.suggestions}>
          <Button onClick={() => send(asked)}>Ask again</Button>
        </div>
      )}
      {!streaming && !failed && suggestions.length > 0 && (
        <div className={styles.suggestions}>
          {suggestions.map((text) => (
            <Button key={text} onClick={() => send(text)}>
              {text}
            </Button>
          ))}
        </div>
      )}
      <AskForm send={send} stop={stop} streaming={streaming} draftOf={id} />
    </section>
  );
}

// Stops from anywhere on the page, not only from the field.
function useEscape(stop: (() => void) | undefined) {
  useEffect(() => {
    if (!stop) return;
    const listen = (event: globalThis.KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) stop();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [stop]);
}

// Scrolls with what comes only while the reader is at the end.
function useFollow(turns: unknown) {
  const pane = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const toEnd = () => pane.current?.scrollTo({ top: pane.current.scrollHeight });
  useEffect(() => {
    const element = pane.current;
    if (!element) return;
    const look = () => setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < 48);
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, []);
  useLayoutEffect(() => {
    if (atEnd) toEnd();
  }, [turns, atEnd]);
  return { pane, atEnd, toEnd };
}

interface AskFormProps {
  send: (text: string) => void;
  stop: () => void;
  streaming: boolean;
  draftOf: string;
}

function AskForm({ send, stop, streaming, draftOf }: AskFormProps) {
  const [text, setText] = useState(() => sessionStorage.getItem(`draft-${draftOf}`) ?? "");
  useEffect(() => sessionStorage.setItem(`draft-${draftOf}`, text), [text, draftOf]);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (streaming || text.trim() === "") return;
    send(text);
    setText("");
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      submit();
    }
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <label className={styles.question}>
        <span className="visually-hidden">Your question</span>
        <textarea
          rows={2}
          maxLength={16_000}
          placeholder="Ask… (Enter sends, Shift+Enter makes a line)"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={keys}
        />
      </label>
      {streaming ? (
        <Button onClick={stop} aria-keyshortcuts="Escape">
          Stop <kbd>Esc</kbd>
        </Button>
      ) : (
        <Button look="primary" type="submit" disabled={text.trim() === ""}>
          Ask
        </Button>
      )}
    </form>
  );
}
