//! A session: states and the programs that share them, on native threads of its own.

use attune_graph::exec;
use attune_tensor::{Budget, Code, Error};
use napi::Env;
use napi::bindgen_prelude::{Float32Array, FnArgs, Function, ObjectFinalize};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;

use crate::failure::{Failure, failure, guard, json, parse, refused, whole};
use crate::order::Orders;
use crate::run::{Done, RunRequest, done};
use crate::typed::Typed;

#[napi(object, object_to_js = false)]
pub struct SessionOptions {
    /// One for every core by default.
    pub threads: Option<f64>,
    /// 0 by default.
    pub seed: Option<f64>,
    /// Bytes of tensors; 90 % of the memory that is free by default.
    pub memory_limit: Option<f64>,
}

/// States and the programs that share them.
#[napi(js_name = "Session", custom_finalize)]
pub struct NativeSession {
    session: exec::Session,
    seed: u64,
    orders: Orders,
    /// Whether a panic may have left states half written, so that nothing may use them any more.
    poisoned: bool,
    /// Bytes that V8 knows of.
    told: i64,
}

impl NativeSession {
    /// Runs a method: a panic poisons the session, and V8 learns what memory is held afterwards.
    fn enter<T>(
        &mut self,
        env: Env,
        work: impl FnOnce(&mut exec::Session) -> attune_tensor::Result<T>,
    ) -> Result<T, Failure> {
        if self.poisoned {
            let message = "this session met an internal error, so its states may be half written: \
                           make a new one and load the last weights saved";
            return Err(failure(Error::new(Code::Internal, message)));
        }
        self.poisoned = true;
        guard(|| {
            let outcome = work(&mut self.session);
            self.poisoned = false;
            let held = self.session.bytes() as i64;
            // A refusal leaves V8 uninformed, which delays a collection and breaks nothing.
            let _ = env.adjust_external_memory(held - self.told);
            self.told = held;
            outcome
        })
    }
}

#[napi]
impl NativeSession {
    #[napi(constructor)]
    pub fn new(options: SessionOptions) -> Result<Self, Failure> {
        guard(|| {
            let number = |what: &str, value: Option<f64>| value.map(|v| whole(what, v)).transpose();
            let seed = number("seed", options.seed)?.unwrap_or(0);
            let threads = number("threads", options.threads)?.unwrap_or(0) as usize;
            let budget = match number("memoryLimit", options.memory_limit)? {
                Some(limit) => Budget::new(limit as usize),
                None => Budget::of_machine(),
            };
            let session = exec::Session::new(exec::SessionOptions { threads, seed, budget });
            Ok(NativeSession { session, seed, orders: Orders::default(), poisoned: false, told: 0 })
        })
    }

    /// Adds states with their initial values; those that exist keep theirs.
    #[napi]
    pub fn declare(&mut self, env: Env, states: String) -> Result<(), Failure> {
        self.enter(env, |session| {
            session.declare(&parse::<Vec<exec::StateSpec>>("states", &states)?)
        })
    }

    /// Compiles a program and takes the memory it needs; its number.
    #[napi]
    pub fn compile(&mut self, env: Env, program: String) -> Result<f64, Failure> {
        self.enter(env, |session| Ok(session.compile(&parse("program", &program)?)? as f64))
    }

    /// JSON: bytes by purpose and every kernel call of a step. Nothing is allocated.
    #[napi]
    pub fn plan(&mut self, env: Env, program: String) -> Result<String, Failure> {
        self.enter(env, |session| json(&session.plan(&parse("program", &program)?)?))
    }

    /// Frees a program; its states stay.
    #[napi]
    pub fn release(&mut self, env: Env, program: f64) -> Result<(), Failure> {
        self.enter(env, |session| {
            session.release(whole("program", program)? as usize);
            Ok(())
        })
    }

    /// Starts a run on native threads and returns at once; `done` is called once, on this thread.
    /// The callback is held only while the run lasts, so an idle session keeps nothing alive.
    /// `error` is an `Error` whose `code` is one of the codes of `AttuneError`.
    #[napi(
        ts_args_type = "program: number, request: RunRequest, done: (error: Error | null, result: RunResult | null) => void"
    )]
    pub fn run(
        &mut self,
        env: Env,
        program: f64,
        request: RunRequest<'_>,
        callback: Function<'_, FnArgs<Done>, ()>,
    ) -> Result<(), Failure> {
        let (seed, mut orders) = (self.seed, std::mem::take(&mut self.orders));
        let outcome = self.enter(env, |session| {
            let program = whole("program", program)? as usize;
            let run = request.run(program, session.program(program)?, seed, &mut orders)?;
            let callback = callback
                .build_threadsafe_function::<attune_tensor::Result<exec::RunResult>>()
                .callee_handled::<false>()
                .build_callback(|context| Ok(FnArgs::from(done(context.value))))
                .map_err(refused)?;
            session.start(run, move |result| {
                callback.call(result, ThreadsafeFunctionCallMode::NonBlocking);
            })
        });
        self.orders = orders;
        outcome
    }

    /// Stops the run after the step it is in.
    #[napi]
    pub fn cancel(&self) -> Result<(), Failure> {
        guard(|| {
            self.session.cancel();
            Ok(())
        })
    }

    /// A copy of a state's values.
    #[napi]
    pub fn read(&mut self, env: Env, name: String) -> Result<Float32Array, Failure> {
        self.enter(env, |session| Ok(session.read(&name)?.to_vec().into()))
    }

    /// Replaces a state's values.
    #[napi(ts_args_type = "name: string, values: Float32Array")]
    pub fn write(&mut self, env: Env, name: String, values: Typed) -> Result<(), Failure> {
        self.enter(env, |session| session.write(&name, &values.floats(&name)?))
    }

    /// JSON: `[{ name, shape, role }]`, the role one of `parameter`, `statistic` and `optimizer`.
    #[napi]
    pub fn states(&mut self, env: Env) -> Result<String, Failure> {
        self.enter(env, |session| json(&session.states()))
    }

    /// Keeps a copy of all states, in place of an earlier copy.
    #[napi]
    pub fn snapshot(&mut self, env: Env) -> Result<(), Failure> {
        self.enter(env, exec::Session::snapshot)
    }

    /// Puts the copy back.
    #[napi]
    pub fn restore(&mut self, env: Env) -> Result<(), Failure> {
        self.enter(env, exec::Session::restore)
    }

    /// Writes all states to a safetensors file, whole or not at all; metadata is a JSON object of
    /// strings.
    #[napi]
    pub fn save(&mut self, env: Env, path: String, metadata: String) -> Result<(), Failure> {
        self.enter(env, |session| session.save(path.as_ref(), parse("metadata", &metadata)?))
    }

    /// Reads all declared states from a file that `save` wrote; its metadata.
    #[napi]
    pub fn load(&mut self, env: Env, path: String) -> Result<String, Failure> {
        self.enter(env, |session| json(&session.load(path.as_ref())?))
    }
}

impl ObjectFinalize for NativeSession {
    fn finalize(self, env: Env) -> napi::Result<()> {
        env.adjust_external_memory(-self.told).map(drop)
    }
}
