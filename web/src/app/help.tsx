import { Dialog } from "radix-ui";
import { Keys } from "../parts/keys";
import buttons from "../parts/button.module.css";
import { Button } from "../parts/button";
import { usePreferences } from "./preferences";
import { kShortcuts } from "./shortcuts";
import styles from "./shell.module.css";

const kGroups = [...new Set(kShortcuts.map((shortcut) => shortcut.group))];

export default function HelpDialog({ close }: { close: () => void }) {
  const { shortcuts, without } = usePreferences();
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className={buttons.overlay} />
        <Dialog.Content className={`${buttons.dialog} ${styles.help}`} aria-describedby={undefined}>
          <Dialog.Title asChild>
            <h2>Keyboard shortcuts</h2>
          </Dialog.Title>
          {!shortcuts && <p>Shortcuts of single keys are switched off in Settings, Appearance.</p>}
          <div className={styles.groups}>
            {kGroups.map((group) => (
              <section key={group} aria-label={group}>
                <h3>{group}</h3>
                <dl>
                  {kShortcuts
                    .filter((shortcut) => shortcut.group === group && !without.includes(shortcut.name))
                    .map(({ name, keys, words }) => (
                      <div key={name}>
                        <dt>
                          <Keys keys={keys} />
                        </dt>
                        <dd>{words}</dd>
                      </div>
                    ))}
                </dl>
              </section>
            ))}
          </div>
          <div className={buttons.answers}>
            <Button onClick={close}>Close</Button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
