import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { answered, api, isProblem } from "../api/client";
import { queries } from "../api/queries";
import { Button } from "../parts/button";
import buttons from "../parts/button.module.css";
import parts from "../parts/parts.module.css";
import { useTitle } from "../parts/title";

const route = getRouteApi("/sign-in");

// By the link of `selfheal sign-in`, which carries its token behind the #, or by the API's token.
export function SignInPage() {
  useTitle("Sign in");
  const { next } = route.useSearch();
  const navigate = useNavigate();
  const client = useQueryClient();
  const session = useQuery(queries.session());
  const [token, setToken] = useState("");
  const [invitation] = useState(() => location.hash.slice(1));
  const tried = useRef(false);
  const signIn = useMutation({
    mutationFn: ({ token, name = "" }: { token: string; name?: string }) =>
      answered(api.POST("/api/v1/session", { body: { token, name } })),
    onSuccess: () => client.invalidateQueries(),
  });
  // Only when the server knows the session: else the shell leads a stranger back to here.
  const arrived = session.isSuccess && (invitation === "" || signIn.isSuccess);
  useEffect(() => {
    if (arrived) void navigate({ to: next?.startsWith("/") && !next.startsWith("//") ? next : "/", replace: true });
  }, [arrived, next, navigate]);
  useEffect(() => {
    if (!invitation || tried.current) return;
    tried.current = true;
    history.replaceState(history.state, "", location.pathname + location.search); // it works once
    signIn.mutate({ token: invitation });
  }, [signIn, invitation]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ token: token.trim() });
  };
  const slug = isProblem(signIn.error) ? signIn.error.problem.type.replace("/problems/", "") : "";
  if (slug === "name-needed" || (signIn.variables?.name && !signIn.isSuccess))
    return <FirstAdministrator pending={signIn.isPending} error={slug === "name-needed" ? null : signIn.error} send={(name) => signIn.mutate({ token: invitation, name })} />;
  if (invitation && !signIn.isError) return <p role="status">Signing in…</p>;
  return (
    <section className={parts.card} aria-labelledby="sign-in">
      <h1 id="sign-in">{kFailed[slug] ?? "Sign in"}</h1>
      {invitation && signIn.isError && <Refused error={signIn.error} />}
      <p>
        Run <code>selfheal sign-in</code> on the server and open the link it prints, or give the API's token;{" "}
        <code>selfheal config path</code> says where it stands.
      </p>
      <form className={parts.narrow} onSubmit={submit}>
        <label className={buttons.field}>
          Token
          <input type="password" autoComplete="current-password" required value={token} onChange={(event) => setToken(event.target.value)} />
        </label>
        <Button look="primary" type="submit" disabled={signIn.isPending}>
          {signIn.isPending ? "Signing in…" : "Sign in"}
        </Button>
        {signIn.isError && signIn.variables.token !== invitation && <Refused error={signIn.error} />}
      </form>
    </section>
  );
}

// What a link came to that lets nobody in any more.
const kFailed: Record<string, string> = {
  "link-used": "This link was used before",
  "link-expired": "This link is too old",
  "person-disabled": "You may not sign in any more",
};

function Refused({ error }: { error: Error }) {
  const words = isProblem(error) ? `${error.problem.title}. ${error.problem.detail ?? ""}` : "The server cannot be reached.";
  return (
    <p role="alert" className={buttons.wrong}>
      {words}
    </p>
  );
}

interface FirstProps {
  pending: boolean;
  error: Error | null;
  send: (name: string) => void;
}

// The link of the first start: whoever opens it becomes the first administrator.
function FirstAdministrator({ pending, error, send }: FirstProps) {
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(name);
  };
  return (
    <section className={parts.card} aria-labelledby="first">
      <h1 id="first">Welcome to Selfheal</h1>
      <p>You are the first here, and become its administrator. Others come by links that you make on the page People.</p>
      <form className={parts.narrow} onSubmit={submit}>
        <label className={buttons.field}>
          Your name, as the audit trail shows it
          <input required maxLength={80} autoComplete="name" autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <Button look="primary" type="submit" disabled={pending}>
          {pending ? "Signing in…" : "Become the administrator"}
        </Button>
        {error && <Refused error={error} />}
      </form>
    </section>
  );
}
