// How numbers of measures are written for people.
export type Unit = "count" | "bytes" | "seconds" | "milliseconds" | "percent" | "per_second" | "bytes_per_second";

const kDecimal = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const kCompact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const kBytes = ["B", "kB", "MB", "GB", "TB", "PB"];

// Nothing was measured: never a zero.
export const kNoValue = "–";

export function written(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kNoValue;
  switch (unit) {
    case "count":
      return plain(value);
    case "bytes":
      return bytes(value);
    case "bytes_per_second":
      return `${bytes(value)}/s`;
    case "seconds":
      return duration(value);
    case "milliseconds":
      return value < 1000 ? `${kDecimal.format(value)} ms` : duration(value / 1000);
    case "percent":
      return `${kDecimal.format(value)} %`;
    case "per_second":
      return `${plain(value)}/s`;
  }
}

function plain(value: number): string {
  if (Math.abs(value) >= 100_000) return kCompact.format(value);
  return value !== 0 && Math.abs(value) < 0.1 ? value.toPrecision(1) : kDecimal.format(value);
}

function bytes(value: number): string {
  let rest = Math.abs(value);
  let step = 0;
  for (; rest >= 1024 && step < kBytes.length - 1; ++step) rest /= 1024;
  return `${value < 0 ? "-" : ""}${kDecimal.format(rest)} ${kBytes[step]}`;
}

function duration(seconds: number): string {
  const rest = Math.abs(seconds);
  if (rest === 0) return "0 s";
  if (rest < 1) return `${Math.round(seconds * 1000)} ms`;
  if (rest < 120) return `${kDecimal.format(seconds)} s`;
  if (rest < 7200) return `${Math.round(seconds / 60)} min`;
  if (rest < 172_800) return `${kDecimal.format(seconds / 3600)} h`;
  return `${kDecimal.format(seconds / 86_400)} d`;
}
