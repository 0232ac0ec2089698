import type { ButtonHTMLAttributes, Ref } from "react";
import styles from "./button.module.css";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>;
  look?: "plain" | "primary" | "danger";
}

export function Button({ look = "plain", className, ...rest }: ButtonProps) {
  const classes = [styles.button, look !== "plain" && styles[look], className].filter(Boolean).join(" ");
  return <button type="button" className={classes} {...rest} />;
}
