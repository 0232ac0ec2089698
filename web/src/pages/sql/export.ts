// RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe in front.
export function toCsv(columns: string[], rows: (string | null)[][]): string {
  const line = (cells: (string | null)[]) => cells.map(cell).join(",");
  return [line(columns), ...rows.map(line)].join("\r\n") + "\r\n";
}

function cell(text: string | null): string {
  if (text === null) return "";
  const safe = /^[=+@\t\r]/.test(text) || /^-[^0-9.]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe === "" ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function download(name: string, type: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
