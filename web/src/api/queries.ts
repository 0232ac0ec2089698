// What pages ask the server, each question once. The first word of a key says which live events make it old.
import { queryOptions } from "@tanstack/react-query";
import { answered, api, type Schemas } from "./client";
import type { IncidentQuery } from "./search";

const kPageRows = 200; // the most that a page may have

export function incidentPage(query: IncidentQuery, cursor?: string, signal?: AbortSignal) {
  const params = { query: { ...query, cursor, limit: String(kPageRows) } as Record<string, string | string[] | undefined> };
  return answered(api.GET("/api/v1/incidents", { params, signal }));
}

export const queries = {
  session: () =>
    queryOptions({ queryKey: ["session"], queryFn: ({ signal }) => answered(api.GET("/api/v1/session", { signal })) }),
  chats: () =>
    queryOptions({ queryKey: ["chats"], queryFn: ({ signal }) => answered(api.GET("/api/v1/chats", { signal })) }),
  databases: () =>
    queryOptions({ queryKey: ["databases"], queryFn: ({ signal }) => answered(api.GET("/api/v1/databases", { signal })) }),
  incidents: (query: IncidentQuery) =>
    queryOptions({ queryKey: ["incidents", "list", query], queryFn: ({ signal }) => incidentPage(query, undefined, signal) }),
  incident: (id: string) =>
    queryOptions({
      queryKey: ["incidents", "one", id],
      queryFn: ({ signal }) => answered(api.GET("/api/v1/incidents/{id}", { params: { path: { id } }, signal })),
    }),
  evidence: (id: string) =>
    queryOptions({
      queryKey: ["incidents", "evidence", id],
      queryFn: ({ signal }) => answered(api.GET("/api/v1/incidents/{id}/evidence", { params: { path: { id } }, signal })),
    }),
  history: (id: string) =>
    queryOptions({
      queryKey: ["incidents", "history", id],
      queryFn: ({ signal }) => answered(api.GET("/api/v1/incidents/{id}/history", { params: { path: { id } }, signal })),
    }),
  explanation: (id: string) =>
    queryOptions({
      queryKey: ["incidents", "explanation", id],
      queryFn: ({ signal }) =>
        answered(api.GET("/api/v1/incidents/{id}/explanation", { params: { path: { id } }, signal })),
    }),
  notificationChannels: () =>
    queryOptions({
      queryKey: ["notifications", "channels"],
      queryFn: ({ signal }) => answered(api.GET("/api/v1/notifications/channels", { signal })),
      refetchInterval: 10_000, // deliveries are no events of the stream
    }),
  notificationDeliveries: (outcome: string) =>
    queryOptions({
      queryKey: ["notifications", "deliveries", outcome],
      queryFn: ({ signal }) =>
        answered(api.GET("/api/v1/notifications/deliveries", { params: { query: { outcome: outcome || undefined } }, signal })),
      refetchInterval: 10_000,
    }),
  policies: () =>
    queryOptions({ queryKey: ["policies"], queryFn: ({ signal }) => answered(api.GET("/api/v1/policies", { signal })) }),
  sample: () =>
    queryOptions({
      queryKey: ["sample", "application"],
      queryFn: ({ signal }) => answered(api.GET("/api/v1/sample", { signal })),
      // Whoever waits is not announced by an event: that would be Selfheal's word, not the application's.
      refetchInterval: ({ state }) => (state.data?.locks.some((lock) => lock.state === "waiting") ? 1000 : false),
    }),
  employees: () =>
    queryOptions({
      queryKey: ["sample", "employees"],
      queryFn: ({ signal }) => answered(api.GET("/api/v1/sample/employees", { signal })),
    }),
  readiness: () =>
    queryOptions({
      queryKey: ["health"],
      queryFn: async ({ signal }) => {
        const { data, error, response } = await api.GET("/api/v1/health/ready", { signal });
        if (response.status !== 503) return answered(Promise.resolve({ data, error, response }));
        return (data ?? error) as Schemas["Readiness"]; // not ready is an answer, too
      },
    }),
};

export const kOpenStates = ["open", "diagnosing", "awaiting_approval", "applying", "verifying", "reopened", "failed"];
