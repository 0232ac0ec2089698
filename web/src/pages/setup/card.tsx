import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import { copy } from "../../parts/toast";
import { AddDatabaseForm } from "./add_database";
import styles from "./setup.module.css";

const kDemo = "selfheal demo";

// What a fresh installation shows first.
export default function SetupCard() {
  return (
    <section className={parts.card} aria-labelledby="setup">
      <h2 id="setup">Watch your first database</h2>
      <p className={parts.meta}>
        Paste its URL. Nothing is changed there: Selfheal reads statistics and, where policy allows it and you agree, acts.
      </p>
      <AddDatabaseForm />
      <p className={styles.demo}>
        No database at hand? <code>{kDemo}</code> starts one of its own, causes sixteen troubles in it and heals what can be healed.{" "}
        <Button onClick={() => void copy(kDemo, "Command copied")}>Copy the command</Button>
      </p>
    </section>
  );
}
