import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

// application/problem+json, written for people: pages show title and detail as they are.
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  request_id?: string;
  retry_after?: number;
  errors?: { pointer: string; detail: string }[];
}

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
  get status() {
    return this.problem.status;
  }
}

export function isProblem(error: unknown): error is ProblemError {
  return error instanceof ProblemError;
}

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

// The answer's body, or an exception that says what the server said.
export async function answered<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  if (isProblemBody(error)) throw new ProblemError(error);
  throw new ProblemError({
    type: "about:blank",
    title: "The server gave an answer that this page does not understand",
    status: response.status,
    detail: `HTTP ${response.status} ${response.statusText}`.trim(),
  });
}

function isProblemBody(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "title" in value && "status" in value;
}
