import { prefer, type Preferences, usePreferences } from "../../app/preferences";
import { kShortcuts } from "../../app/shortcuts";
import { choose, type Theme, useTheme } from "../../app/theme";
import { Keys } from "../../parts/keys";
import parts from "../../parts/parts.module.css";
import { useTitle } from "../../parts/title";
import styles from "./settings.module.css";

export function AppearancePage() {
  useTitle("Appearance");
  const theme = useTheme();
  const preferences = usePreferences();
  return (
    <>
      <h1>Appearance</h1>
      <p className={parts.meta}>Kept in this browser alone.</p>
      <section className={parts.card} aria-label="Looks">
        <Choice<Theme>
          name="Colours"
          value={theme}
          choices={{ system: "as the system", light: "light", dark: "dark" }}
          change={choose}
        />
        <Preference name="density" title="Rows" choices={{ comfortable: "comfortable", compact: "compact" }} />
        <Preference name="zone" title="Times" choices={{ local: "of this computer", utc: "UTC" }} />
        <Preference name="hours" title="Hours" choices={{ system: "as the system", "12": "2:05 pm", "24": "14:05" }} />
        <Preference name="motion" title="Motion" choices={{ system: "as the system", reduced: "none" }} />
      </section>
      <section className={parts.card} aria-labelledby="keys">
        <h2 id="keys">Keyboard</h2>
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={preferences.shortcuts}
            onChange={(event) => prefer({ shortcuts: event.target.checked })}
          />
          shortcuts of single keys
        </label>
        <ul className={styles.keys} aria-label="Each shortcut">
          {kShortcuts
            .filter((shortcut) => !shortcut.elsewhere)
            .map(({ name, keys, words }) => (
              <li key={name}>
                <label className={styles.check}>
                  <input
                    type="checkbox"
                    disabled={!preferences.shortcuts && !keys.startsWith("Ctrl")}
                    checked={!preferences.without.includes(name)}
                    onChange={(event) => prefer({ without: switched(preferences.without, name, event.target.checked) })}
                  />
                  <Keys keys={keys} /> {words}
                </label>
              </li>
            ))}
        </ul>
      </section>
    </>
  );
}

function switched(without: string[], name: string, on: boolean): string[] {
  return on ? without.filter((each) => each !== name) : [...without, name];
}

type Chosen = "density" | "zone" | "hours" | "motion";

function Preference<Name extends Chosen>({ name, title, choices }: { name: Name; title: string; choices: Record<Preferences[Name], string> }) {
  const value = usePreferences()[name];
  return <Choice name={title} value={value} choices={choices} change={(next) => prefer({ [name]: next })} />;
}

interface ChoiceProps<T extends string> {
  name: string;
  value: T;
  choices: Record<T, string>;
  change: (value: T) => void;
}

function Choice<T extends string>({ name, value, choices, change }: ChoiceProps<T>) {
  return (
    <fieldset className={styles.choice}>
      <legend>{name}</legend>
      {(Object.entries(choices) as [T, string][]).map(([word, words]) => (
        <label key={word} className={styles.check}>
          <input type="radio" name={name} checked={word === value} onChange={() => change(word)} /> {words}
        </label>
      ))}
    </fieldset>
  );
}
