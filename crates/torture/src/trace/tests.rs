use super::*;

fn one(line: &str) -> Call {
    calls(line).unwrap().remove(0)
}

#[test]
fn paths_are_put_together_from_descriptors_and_names() {
    let call = one(
        r#"7 renameat2(AT_FDCWD</w>, "/d/a", AT_FDCWD</w>, "/d/b", RENAME_NOREPLACE) = -1 EIO (Input/output error) (INJECTED)"#,
    );
    assert_eq!(call.paths(), ["/d/a", "/d/b"]);
    assert_eq!((call.result, call.injected), (Some(-1), true));
    let call = one(r#"7  unlinkat(5</d/.staging>, "x, y", AT_REMOVEDIR) = 0"#);
    assert_eq!(call.paths(), ["/d/.staging/x, y"]);
    let call = one(r#"7 write(4</d/f>, ""..., 12) = 12"#);
    assert_eq!(call.paths()[0], "/d/f");
    let call = one(r#"7 link("/d/a", "/d/b") = 0"#);
    assert_eq!(call.paths(), ["/d/a", "/d/b"]);
}

#[test]
fn a_call_that_was_interrupted_is_put_together_and_a_killed_one_has_no_result() {
    let text = "7 fsync(3</d/f> <unfinished ...>\n8 close(4</d/g>)     = 0\n\
                7 <... fsync resumed>)        = 0\n7 write(1<pipe:[5]>, \"\"..., 3) = ?\n\
                7 +++ killed by SIGKILL +++\n";
    let calls = calls(text).unwrap();
    let seen: Vec<_> = calls.iter().map(|c| (c.name.as_str(), c.result)).collect();
    assert_eq!(
        seen,
        [("close", Some(0)), ("fsync", Some(0)), ("write", None)]
    );
    assert_eq!(calls[1].paths(), ["/d/f"]);
}

#[test]
fn a_line_that_is_not_understood_is_an_error() {
    let message = calls("7 close(3) = 0\nnonsense\n").unwrap_err();
    assert!(message.starts_with("line 2 of the trace"), "{message}");
}

#[test]
fn events_are_what_succeeded() {
    let text = r#"7 openat(AT_FDCWD</w>, "/d/f", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0666) = 3</d/f>
7 openat(AT_FDCWD</w>, "/d/g", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
7 write(3</d/f>, ""..., 5) = 5
7 fsync(3</d/f>) = 0
7 close(3</d/f>) = 0
7 linkat(AT_FDCWD</w>, "/d/f", AT_FDCWD</w>, "/d/h", 0) = 0
7 mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000
7 write(1<pipe:[9]>, ""..., 5) = 5
7 exit_group(0) = ?
"#;
    let f = || "/d/f".to_owned();
    let open = Event::Open {
        path: f(),
        writes: true,
        makes: true,
    };
    let link = Event::Link {
        from: f(),
        to: "/d/h".to_owned(),
    };
    assert_eq!(
        events(&calls(text).unwrap()),
        [
            open,
            Event::Write(f()),
            Event::Fsync(f()),
            Event::Close(f()),
            link,
            Event::Tell,
            Event::End
        ]
    );
}
