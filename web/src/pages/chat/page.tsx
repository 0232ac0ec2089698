import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { idempotencyKey } from "../../api/act";
import { queries } from "../../api/queries";
import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import { useTitle } from "../../parts/title";
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
  return (
    <nav className={styles.chats} aria-label="Chats">
      <Link to="/chat" className={styles.new_chat}>
        + New
      </Link>
      <ul className={parts.list}>
        {data?.items.map((chat) => (
          <li key={chat.id}>
            <Link to="/chat" search={{ chat: chat.id, incident: chat.about ?? undefined }} aria-current={chat.id === current}>
              {chat.title || chat.id}
            </Link>
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
      {!streaming && suggestions.length > 0 && (
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
    if (event.key === "Escape" && streaming) stop();
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
        <Button onClick={stop}>Stop</Button>
      ) : (
        <Button look="primary" type="submit" disabled={text.trim() === ""}>
          Ask
        </Button>
      )}
    </form>
  );
}
