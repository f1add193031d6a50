/** The text to be signed, as stored by the CA. */
export interface ShownTransaction {
  title: string;
  lines: { label: string; value: string }[];
}

/** A transaction before it is signed. */
export function Transaction({ shown }: { shown: ShownTransaction }) {
  return (
    <>
      <p>
        <strong>{shown.title}</strong>
      </p>
      <dl>
        {shown.lines.map(({ label, value }) => [
          <dt key={label}>{label}</dt>,
          <dd key={`${label} value`}>{value}</dd>,
        ])}
      </dl>
    </>
  );
}
