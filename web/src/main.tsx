import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./app/tokens.css";
import "./app/base.css";
import { isProblem } from "./api/client";
import { startLive } from "./app/live";
import { pageNonce } from "./app/nonce";
import { startPreferences } from "./app/preferences";
import { makeRouter } from "./app/router";

// Libraries that make <style> elements at run time need the nonce of this page.
if (pageNonce()) setNonce(pageNonce());

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000, // live events say earlier what changed
      retry: (times, error) => times < 2 && !(isProblem(error) && error.status < 500),
    },
  },
});

startPreferences();
startLive(queries);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={makeRouter(queries)} />
    </QueryClientProvider>
  </StrictMode>,
);
