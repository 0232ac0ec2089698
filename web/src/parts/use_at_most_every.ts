import { useEffect, useRef, useState } from "react";

// The value, but not a new one more often than this.
export function useAtMostEvery<T>(value: T, pauseMs: number): T {
  const [shown, setShown] = useState(value);
  const shownAt = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, shownAt.current + pauseMs - Date.now());
    const timer = setTimeout(() => {
      shownAt.current = Date.now();
      setShown(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return shown;
}
