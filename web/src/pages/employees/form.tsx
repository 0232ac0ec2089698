import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { idempotencyKey } from "../../api/act";
import { answered, api, isProblem, type Schemas } from "../../api/client";
import { Button } from "../../parts/button";
import buttons from "../../parts/button.module.css";
import parts from "../../parts/parts.module.css";
import styles from "./employees.module.css";
import { Noticed } from "./noticed";

type Field = "name" | "email" | "department";

interface AddEmployeeProps {
  sample: Schemas["SampleApplication"];
  incidents: Schemas["Incident"][];
  mayOperate: boolean;
}

export function AddEmployee({ sample, incidents, mayOperate }: AddEmployeeProps) {
  const client = useQueryClient();
  const empty = { name: "", email: "", department: sample.departments[0] ?? "" };
  const [employee, setEmployee] = useState(empty);
  const add = useMutation({
    mutationFn: (body: Schemas["NewEmployee"]) =>
      answered(api.POST("/api/v1/sample/employees", { params: { header: { "Idempotency-Key": idempotencyKey() } }, body })),
    onSuccess: () => {
      setEmployee(empty);
      return client.invalidateQueries({ queryKey: ["sample", "employees"] });
    },
  });
  const form = useRef<HTMLFormElement>(null);
  const wrong = isProblem(add.error) ? wrongFields(add.error) : {};
  const first = (["name", "email", "department"] as const).find((field) => wrong[field]);
  useEffect(() => {
    if (first) form.current?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
  }, [first, add.error]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(employee);
  };
  const inputOf = (field: Field) => ({
    name: field,
    value: employee[field],
    disabled: !mayOperate,
    "aria-invalid": wrong[field] ? true : undefined,
    "aria-describedby": wrong[field] ? `wrong-${field}` : undefined,
    onChange: (event: { target: { value: string } }) => setEmployee({ ...employee, [field]: event.target.value }),
  });
  return (
    <section className={parts.card} aria-labelledby="add-employee">
      <h2 id="add-employee">Add an employee</h2>
      <form ref={form} className={styles.form} onSubmit={submit} noValidate>
        <label className={buttons.field}>
          Name
          <input {...inputOf("name")} autoComplete="off" maxLength={100} />
          <Wrong field="name" what={wrong.name} />
        </label>
        <label className={buttons.field}>
          E-mail
          <input {...inputOf("email")} type="email" autoComplete="off" maxLength={254} />
          <Wrong field="email" what={wrong.email} />
        </label>
        <label className={buttons.field}>
          Department
          <select {...inputOf("department")}>
            {sample.departments.map((department) => (
              <option key={department}>{department}</option>
            ))}
          </select>
          <Wrong field="department" what={wrong.department} />
        </label>
        <Button look="primary" type="submit" disabled={add.isPending || !mayOperate}>
          {add.isPending ? "Adding…" : "Add"}
        </Button>
        {add.isSuccess && <p role="status">✓ {add.data.name} was added.</p>}
        {add.isError && !first && (
          <p role="alert" className={buttons.wrong}>
            {isProblem(add.error) ? `The database did not take it: ${add.error.message}` : "The server cannot be reached."}
          </p>
        )}
        {add.error && sqlstateOf(add.error) && (
          <Noticed error={{ sqlstate: sqlstateOf(add.error), message: messageOf(add.error, first) }} since={add.submittedAt} incidents={incidents} />
        )}
      </form>
    </section>
  );
}

function Wrong({ field, what }: { field: Field; what?: string }) {
  if (!what) return null;
  return (
    <span id={`wrong-${field}`} role="alert" className={buttons.wrong}>
      {what}
    </span>
  );
}

function wrongFields(error: { problem: { errors?: { pointer: string; detail: string }[] } }): Partial<Record<Field, string>> {
  return Object.fromEntries((error.problem.errors ?? []).map(({ pointer, detail }) => [pointer.slice(1), detail]));
}

// What stands at a field is for the visitor; the database named the constraint.
function messageOf(error: Error, field?: Field): string {
  const constraint = { name: "employees_name_check", email: "employees_email_key", department: "employees_department_fkey" };
  return field ? `constraint "${constraint[field]}"` : error.message;
}

function sqlstateOf(error: Error | null): string {
  return (isProblem(error) && (error.problem as { sqlstate?: string }).sqlstate) || "";
}
