/**
 * What each shell runs on Tab. It asks `koltrix __complete` for what may follow: one word a line, a tab, and what the
 * word means; or `:files`. The words that were typed are handed over as they are and never evaluated, since a
 * command line that nobody has sent off yet must not run the `$(…)` in it.
 */
export const scripts = {
  bash: `# Completion of koltrix for bash. Load it in ~/.bashrc:  source <(koltrix completion bash)
_koltrix() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("$1" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _koltrix koltrix`,

  zsh: `#compdef koltrix
# Completion of koltrix for zsh. Load it in ~/.zshrc, behind compinit:  source <(koltrix completion zsh)
_koltrix() {
  local line
  local -a described
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("$words[1]" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe koltrix described
}
compdef _koltrix koltrix`,

  fish: `# Completion of koltrix for fish. Keep it:  koltrix completion fish > ~/.config/fish/completions/koltrix.fish
function __koltrix_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c koltrix -f -a "(__koltrix_complete)"`,
} as const;

export type Shell = keyof typeof scripts;
