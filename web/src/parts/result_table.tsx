import styles from "./result_table.module.css";

type Cell = string | null;

// Rows of a query. Numbers stand right; NULL is told from the text "NULL".
export function ResultTable({ columns, rows, label }: { columns: string[]; rows: Cell[][]; label: string }) {
  const numeric = columns.map((_, at) => rows.length > 0 && rows.every((row) => row[at] == null || isNumber(row[at]!)));
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map((column, at) => (
              <th key={at} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={line}>
              {row.map((cell, at) => (
                <td key={at} className={numeric[at] ? styles.number : undefined}>
                  {cell === null ? <em className={styles.null}>NULL</em> : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}
