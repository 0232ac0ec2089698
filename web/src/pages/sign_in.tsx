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
    mutationFn: (secret: string) => answered(api.POST("/api/v1/session", { body: { token: secret } })),
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
    signIn.mutate(invitation);
  }, [signIn, invitation]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate(token.trim());
  };
  return (
    <section className={parts.card} aria-labelledby="sign-in">
      <h1 id="sign-in">Sign in</h1>
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
        {signIn.isError && (
          <p role="alert" className={buttons.wrong}>
            {isProblem(signIn.error) ? `${signIn.error.problem.title}. ${signIn.error.problem.detail ?? ""}` : "The server cannot be reached."}
          </p>
        )}
      </form>
    </section>
  );
}
