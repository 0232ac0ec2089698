import { Link } from "@tanstack/react-router";

export function NotFoundPage() {
  return (
    <>
      <h1>There is no such page</h1>
      <p>
        Look at the <Link to="/">dashboard</Link> or the <Link to="/incidents">incidents</Link>.
      </p>
    </>
  );
}
