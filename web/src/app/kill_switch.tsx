// Stops all acts with one press, from every page, whatever else is down.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { idempotencyKey } from "../api/act";
import { answered, api } from "../api/client";
import { queries } from "../api/queries";
import { Button } from "../parts/button";
import { Icon } from "../parts/icon";
import parts from "../parts/parts.module.css";
import { RoleHides, useMay } from "../parts/role";
import { say } from "../parts/toast";
import styles from "./shell.module.css";

function useKillSwitch() {
  const { pathname } = useLocation();
  const { data } = useQuery({ ...queries.policies(), enabled: pathname !== "/sign-in" });
  const client = useQueryClient();
  const all = data?.items.find((policy) => policy.server == null);
  const change = useMutation({
    mutationFn: (pause: boolean) => {
      const params = { header: { "Idempotency-Key": idempotencyKey() } };
      return pause
        ? answered(api.POST("/api/v1/policies/pause", { params, body: { why: "pressed on the page" } }))
        : answered(api.POST("/api/v1/policies/resume", { params, body: {} }));
    },
    onSuccess: (_, pause) => say(pause ? "All actions are paused" : "Actions may run again"),
    onError: (error) => say(error.message),
    onSettled: () => client.invalidateQueries({ queryKey: ["policies"] }),
  });
  return { all, change };
}

export function PauseButton() {
  const { all, change } = useKillSwitch();
  const may = useMay("operate");
  if (!all || all.paused || !may) return null;
  return (
    <button
      type="button"
      className={`${styles.round} ${styles.pause}`}
      disabled={change.isPending}
      aria-label="Pause all actions"
      title="Pause all actions: nothing acts until somebody lets it"
      onClick={() => change.mutate(true)}
    >
      <Icon name="pause" />
    </button>
  );
}

export function PausedBanner() {
  const { all, change } = useKillSwitch();
  if (!all?.paused) return null;
  return (
    <p className={parts.banner}>
      <strong>All actions are paused.</strong> {all.paused_why}{" "}
      <RoleHides permission="operate">
        <Button disabled={change.isPending} onClick={() => change.mutate(false)}>
          Let actions run again
        </Button>
      </RoleHides>{" "}
      <Link to="/settings/policies">Policies</Link>
    </p>
  );
}
