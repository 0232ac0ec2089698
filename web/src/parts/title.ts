import { useEffect } from "react";

let page = "";
let open = 0;

function write() {
  document.title = `${open > 0 ? `(${open}) ` : ""}${page} · Selfheal`;
}

export function useTitle(title: string) {
  useEffect(() => {
    page = title;
    write();
  }, [title]);
}

// How many incidents are open stands before the title: a tab in the background says so, too.
export function useOpenCount(count: number) {
  useEffect(() => {
    open = count;
    write();
  }, [count]);
}
