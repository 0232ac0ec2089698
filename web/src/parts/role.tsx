import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { queries } from "../api/queries";
import parts from "./parts.module.css";
import styles from "./role.module.css";

// What a route demands, see src/access/roles.h. The server decides; pages only say beforehand what it would refuse.
export type Permission = "view" | "operate" | "administer";

const kWho: Record<Permission, string> = {
  view: "a viewer, a developer or an admin",
  operate: "a developer or an admin",
  administer: "an admin",
};

// Undefined until it is known who is signed in.
export function useMay(permission: Permission): boolean | undefined {
  const { data } = useQuery(queries.session());
  return data?.permissions.includes(permission);
}

// What only some roles may do; for the others, a sentence that says which may and whom to ask. `what` goes on after "may":
// "approve a fix". Without `what` nothing is shown instead.
export function RoleHides({ permission, what, children }: { permission: Permission; what?: string; children: ReactNode }) {
  const may = useMay(permission);
  if (may) return children;
  if (may === undefined || !what) return null;
  return <WhoMay permission={permission} what={what} />;
}

export function WhoMay({ permission, what }: { permission: Permission; what: string }) {
  const { data } = useQuery(queries.session());
  if (!data) return null;
  const ask = data.administrators.filter((name) => name !== data.name);
  return (
    <p className={parts.meta} data-hidden-for={data.role}>
      Not for role {data.role}: {kWho[permission]} may {what}.{ask.length > 0 && ` Ask ${ask.join(" or ")}.`}
    </p>
  );
}

// What everybody sees and only some roles may change: for the others the fields are there, and off.
export function ReadOnlyFor({ permission, what, children }: { permission: Permission; what: string; children: ReactNode }) {
  const off = useMay(permission) === false;
  return (
    <>
      {off && <WhoMay permission={permission} what={what} />}
      <fieldset className={styles.limits} disabled={off}>
        {children}
      </fieldset>
    </>
  );
}

// A whole page that a role does not see.
export function HiddenPage({ title, permission, what }: { title: string; permission: Permission; what: string }) {
  return (
    <>
      <h1>{title}</h1>
      <section className={parts.card} aria-label="Hidden">
        <WhoMay permission={permission} what={what} />
      </section>
    </>
  );
}
