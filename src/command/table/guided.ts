/**
 * Commands of a guided lab. Only the screen can have one open; elsewhere a session refuses them.
 */
import {wholeNumber} from '../grammar/arg-amounts.ts';
import {command} from './command.ts';

export const GUIDED = [
  command('lab', 'next', {
    name: 'next',
    summary: "runs the lab's next command, or continues with its next step",
    detail: [
      'Enter at an empty prompt does the same. After a failed command it continues without that command.',
    ],
    examples: ['next'],
    args: [],
    make: () => ({type: 'next'}),
    show: ({type}) => type,
  }),
  command('lab', 'choose', {
    name: 'choose',
    summary: 'answers the question that the lab asks',
    detail: ['The answer can be changed until the command that the question is about runs.'],
    examples: ['choose 2'],
    args: [wholeNumber('N', 'the number of an answer', 1)],
    make: choice => ({type: 'choose', choice}),
    show: ({type, choice}) => `${type} ${choice}`,
  }),
  command('lab', 'hint', {
    name: 'hint',
    summary: 'shows the next hint for the task, and in the end its solution',
    examples: ['hint'],
    args: [],
    make: () => ({type: 'hint'}),
    show: ({type}) => type,
  }),
  command('lab', 'redo', {
    name: 'redo',
    summary: 'starts the step again on a new cluster, after repeating everything before it',
    detail: ['Its questions are open again. In a lab in real time, back does the same.'],
    examples: ['redo'],
    args: [],
    make: () => ({type: 'redo'}),
    show: ({type}) => type,
  }),
  command('lab', 'keep', {
    name: 'keep',
    summary: 'writes what was done in this lab to a command file here, for leaderlab run',
    examples: ['keep'],
    args: [],
    make: () => ({type: 'keep'}),
    show: ({type}) => type,
  }),
];
