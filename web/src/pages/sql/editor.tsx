import { closeBrackets } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { pageNonce } from "../../app/nonce";
import styles from "./sql.module.css";

export interface EditorHandle {
  selected: () => string; // empty when nothing is selected
}
interface Mark {
  from: number;
  length: number;
}
interface SqlEditorProps {
  ref: Ref<EditorHandle>;
  text: string;
  change: (text: string) => void;
  run: (explain: boolean) => void;
  cancel: () => void;
  mark?: Mark;
}

const setMark = StateEffect.define<Mark | undefined>();
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    let now = transaction.docChanged ? Decoration.none : before;
    for (const effect of transaction.effects) {
      if (!effect.is(setMark)) continue;
      const length = transaction.state.doc.length;
      const fits = effect.value && effect.value.from < length;
      now = fits
        ? Decoration.set([
            Decoration.mark({ class: styles.wrong_word! }).range(
              effect.value!.from,
              Math.min(length, effect.value!.from + effect.value!.length),
            ),
          ])
        : Decoration.none;
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Where typed text replaces a selection, Chromium gives it the style of what went as a style attribute, which the
// content security policy refuses. So the replacement is made here.
const replaceWithoutStyle = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || !event.data || view.state.selection.main.empty) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), { scrollIntoView: true, userEvent: "input.type" });
    return true;
  },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--warn)" },
  { tag: tags.comment, color: "var(--text-dim)", fontStyle: "italic" },
  { tag: tags.number, color: "var(--good)" },
]);

export function SqlEditor({ ref, text, change, run, cancel, mark }: SqlEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const acts = useRef({ change, run, cancel });
  acts.current = { change, run, cancel };

  useEffect(() => {
    const act = (what: () => void) => () => {
      what();
      return true;
    };
    const state = EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(pageNonce()),
        Prec.highest(
          keymap.of([
            { key: "Mod-Enter", run: act(() => acts.current.run(false)) },
            { key: "Shift-Mod-Enter", run: act(() => acts.current.run(true)) },
            { key: "Escape", run: act(() => acts.current.cancel()) },
          ]),
        ),
        replaceWithoutStyle,
        lineNumbers(),
        history(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        syntaxHighlighting(colours),
        sql({ dialect: PostgreSQL }),
        marks,
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "SQL statement", spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) acts.current.change(update.state.doc.toString());
        }),
      ],
    });
    view.current = new EditorView({ state, parent: place.current! });
    return () => view.current?.destroy();
    // The editor owns its text from here on.
  }, []);

  useEffect(() => {
    view.current?.dispatch({ effects: setMark.of(mark) });
  }, [mark?.from, mark?.length]);

  useImperativeHandle(ref, () => ({
    selected: () => {
      const state = view.current?.state;
      const range = state?.selection.main;
      return state && range ? state.sliceDoc(range.from, range.to) : "";
    },
  }));

  return <div ref={place} className={styles.editor} />;
}
