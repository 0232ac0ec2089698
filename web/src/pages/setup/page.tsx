import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { queries } from "../../api/queries";
import { counted } from "../../parts/format";
import parts from "../../parts/parts.module.css";
import { useTitle } from "../../parts/title";
import SetupCard from "./card";

export function SetupPage() {
  useTitle("Set up");
  const { data } = useQuery(queries.databases());
  const watched = data?.items.length ?? 0;
  return (
    <>
      <h1>Set up</h1>
      {watched > 0 && (
        <p className={parts.meta}>
          {counted(watched, "database is", "databases are")} watched already: see <Link to="/settings/databases">Databases</Link>.
        </p>
      )}
      <SetupCard />
    </>
  );
}
