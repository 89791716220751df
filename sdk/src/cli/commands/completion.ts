import { Argument, Command } from 'commander';
import { completionOf } from '../completion/candidates.ts';
import { type Shell, scripts } from '../completion/scripts.ts';
import { examples } from '../examples.ts';
import type { Act } from '../session.ts';
import { plain } from '../text.ts';

export function completionCommand(act: Act): Command {
  return new Command('completion')
    .description('print what makes the Tab key complete koltrix in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      examples(
        ['echo "source <(koltrix completion bash)" >> ~/.bashrc', 'bash'],
        ['echo "source <(koltrix completion zsh)" >> ~/.zshrc', 'zsh, behind compinit'],
        ['koltrix completion fish > ~/.config/fish/completions/koltrix.fish', 'fish'],
      ),
    )
    .action(act(({ out }, shell: Shell) => out.line(scripts[shell])));
}

/** What the scripts ask: the words so far, the last one at the cursor. */
export function candidatesCommand(act: Act, program: Command): Command {
  return new Command('__complete')
    .description('answer the completion scripts')
    .argument('[words...]')
    .action(
      act(({ out }, words: string[]) => {
        const completion = completionOf(program, words);
        if (completion.files) return out.line(':files');
        for (const { value, description } of completion.candidates) out.line(`${value}\t${plain(description)}`);
      }),
    );
}
