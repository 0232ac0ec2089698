import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api, type Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { Button } from "../../parts/button";
import { Confirm, type Confirmation } from "../../parts/confirm";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { RoleHides } from "../../parts/role";
import { useTitle } from "../../parts/title";
import { AddDatabaseForm } from "../setup/add_database";

export function DatabasesPage() {
  useTitle("Databases");
  const databases = useQuery(queries.databases());
  const client = useQueryClient();
  const [ask, setAsk] = useState<Confirmation>();
  const remove = (name: string) =>
    setAsk({
      title: `Stop watching ${name}?`,
      lost: "Its incidents stay. Nothing is changed in the database.",
      answer: `Stop watching ${name}`,
      look: "danger",
      run: async () => {
        await answered(api.DELETE("/api/v1/databases/{name}", { params: { path: { name } } }));
        await client.invalidateQueries({ queryKey: ["databases"] });
      },
    });
  return (
    <>
      <h1>Databases</h1>
      {databases.isError && <ProblemCard error={databases.error} again={() => void databases.refetch()} />}
      <section className={parts.card} aria-label="Watched" aria-busy={databases.isPending}>
        {databases.data?.items.length === 0 && <p className={parts.meta}>No database is watched yet.</p>}
        <ul className={parts.list}>
          {databases.data?.items.map((server) => (
            <li key={server.name} className={parts.row}>
              <div className={parts.grow}>
                <strong>{server.name}</strong> <code>{server.address}</code>
                <p className={parts.meta}>{conditionOf(server)}</p>
              </div>
              <span className={parts.state}>{server.state.replaceAll("_", " ")}</span>
              <RoleHides permission="administer">
                <Button onClick={() => remove(server.name)}>
                  Stop watching… <span className="visually-hidden">{server.name}</span>
                </Button>
              </RoleHides>
            </li>
          ))}
        </ul>
      </section>
      <section className={parts.card} aria-labelledby="add-database">
        <h2 id="add-database">Watch a database</h2>
        <RoleHides permission="administer" what="watch a database or stop watching it">
          <AddDatabaseForm />
        </RoleHides>
      </section>
      <Confirm ask={ask} close={() => setAsk(undefined)} />
    </>
  );
}

function conditionOf(server: Schemas["Server"]): string {
  const facts = [
    server.version && `PostgreSQL ${server.version}`,
    server.state_why,
    server.can_act ? "may act" : `observes only${server.act_why ? `: ${server.act_why}` : ""}`,
    server.log_why ? `log: ${server.log_why}` : server.log_directory && `log: ${server.log_directory}`,
  ];
  return facts.filter(Boolean).join(" · ");
}
