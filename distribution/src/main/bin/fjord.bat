@echo off
rem Runs the fjord command. Needs Java 17 or later, nothing else.
rem JAVA_HOME names the Java to use; FJORD_JAVA_OPTS holds more flags for the JVM, such as -Xmx8g.
setlocal
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java"
set "major=0"
for /f "tokens=3" %%v in ('""%java%" -version 2>&1" ^| findstr /i "version"') do for /f "delims=.-+" %%m in ("%%~v") do set "major=%%m"
set "access="
if %major% geq 24 set "access=--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
if not defined OMP_NUM_THREADS set "OMP_NUM_THREADS=1"
"%java%" -XX:+UseParallelGC -Xms64m -XX:MaxNewSize=24m %access% %FJORD_JAVA_OPTS% -cp "%~dp0..\lib\*" org.fjordflow.cli.Main %*
exit /b %errorlevel%
