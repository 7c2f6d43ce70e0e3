/** Each script asks `spiffe-webhook __complete` for the words, and the shell for names of files. */
export const scripts: Readonly<Record<string, string>> = {
  bash: `# bash completion of spiffe-webhook
_spiffe_webhook() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :0) compopt -o default 2>/dev/null ;;
      :*) ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _spiffe_webhook spiffe-webhook
`,
  zsh: `#compdef spiffe-webhook
_spiffe_webhook() {
  local line word directive
  local -a described
  for line in "\${(@f)$(\${words[1]} __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :* ]]; then
      directive=\${line#:}
    else
      word=\${line%%$'\\t'*}
      described+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( $#described )) && _describe -V spiffe-webhook described
  [[ $directive == 0 ]] && _files
}
compdef _spiffe_webhook spiffe-webhook
`,
  fish: `# fish completion of spiffe-webhook
function __spiffe_webhook_complete
  set -l words (commandline -opc)
  $words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null
end
function __spiffe_webhook_wants_files
  string match -q -- ':0' (__spiffe_webhook_complete)
end
complete -c spiffe-webhook -f -a "(__spiffe_webhook_complete | string match -v -r -- '^:')"
complete -c spiffe-webhook -n __spiffe_webhook_wants_files -F
`,
  kubectl: `#!/bin/sh
# kubectl asks this program, named kubectl_complete-spiffe_webhook, what completes 'kubectl spiffe-webhook …'.
exec kubectl spiffe-webhook __complete "$@"
`
}
