import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";

// Text of a model or a database as elements, never as HTML. No picture is loaded, and a link says where it leads.
export default function Markdown({ text }: { text: string }) {
  return (
    <div className="prose">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        disallowedElements={["img"]}
        unwrapDisallowed
        skipHtml
        components={{ a: ({ href, children }) => <OffSite href={href}>{children}</OffSite>, h1: "h3", h2: "h3" }}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}

// Not a link when it leaves the site: its address is shown for a person to judge.
function OffSite({ href, children }: { href?: string; children?: React.ReactNode }) {
  if (href?.startsWith("/") && !href.startsWith("//")) return <a href={href}>{children}</a>;
  return (
    <span>
      {children} ({href})
    </span>
  );
}
