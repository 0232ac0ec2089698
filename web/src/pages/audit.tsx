import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import { Button } from "../parts/button";
import parts from "../parts/parts.module.css";
import { ProblemCard } from "../parts/problem";
import { HiddenPage, useMay } from "../parts/role";
import { useTitle } from "../parts/title";

export function AuditPage() {
  useTitle("Audit");
  const may = useMay("administer");
  if (may === undefined) return <p aria-busy="true" />;
  if (!may) return <HiddenPage title="Audit" permission="administer" what="see who did what" />;
  return <Trail />;
}

function Trail() {
  const pages = useInfiniteQuery({
    queryKey: ["audit"],
    queryFn: ({ pageParam, signal }) =>
      answered(api.GET("/api/v1/audit", { params: { query: pageParam ? { cursor: pageParam } : {} }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const check = useMutation({ mutationFn: () => answered(api.GET("/api/v1/audit/verify")) });
  const entries = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <h1>Audit</h1>
      <p className={parts.meta}>Who did what, newest first. Each entry holds the hash of the one before it.</p>
      <p>
        <Button onClick={() => check.mutate()} disabled={check.isPending}>
          Verify the chain
        </Button>{" "}
        <span role="status">
          {check.data &&
            (check.data.intact
              ? `✓ ${check.data.records} entries, intact`
              : `✗ broken at entry ${check.data.broken_at}: ${check.data.reason}`)}
          {check.isError && check.error.message}
        </span>
      </p>
      {pages.isError && <ProblemCard error={pages.error} again={() => void pages.refetch()} />}
      <section className={parts.card} aria-label="Entries" aria-busy={pages.isPending}>
        {pages.isSuccess && entries.length === 0 && <p className={parts.meta}>Nothing has happened yet.</p>}
        <ul className={parts.list}>
          {entries.map((entry) => (
            <li key={entry.sequence} id={`a${entry.sequence}`} className={parts.row}>
              <a href={`#a${entry.sequence}`} className={parts.meta}>
                #{entry.sequence}
              </a>
              <div className={parts.grow}>
                <strong>{entry.actor}</strong> {entry.what} <code>{entry.subject}</code>
                <p className={parts.meta}>
                  {entry.text} · <time dateTime={entry.at}>{new Date(entry.at).toLocaleString()}</time> · {entry.hash.slice(0, 12)}
                </p>
              </div>
            </li>
          ))}
        </ul>
        {pages.hasNextPage && (
          <Button onClick={() => void pages.fetchNextPage()} disabled={pages.isFetchingNextPage}>
            Load more
          </Button>
        )}
      </section>
    </>
  );
}
