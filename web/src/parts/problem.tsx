import { isProblem } from "../api/client";
import { Button } from "./button";
import styles from "./parts.module.css";

// What went wrong, in the server's words, and what can be done about it.
export function ProblemCard({ error, again }: { error: unknown; again?: () => void }) {
  const problem = isProblem(error) ? error.problem : undefined;
  return (
    <section className={`${styles.card} ${styles.problem}`} role="alert">
      <h2>{problem?.title ?? "The server cannot be reached"}</h2>
      <p>{problem ? problem.detail : "This page tries again by itself as soon as it is back."}</p>
      {problem?.request_id && <p className={styles.meta}>Request {problem.request_id}</p>}
      {again && <Button onClick={again}>Try again</Button>}
    </section>
  );
}
